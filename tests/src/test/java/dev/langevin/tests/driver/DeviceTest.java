package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.DenseMath.Gemm;
import dev.langevin.kernels.driver.CudaLibraries;
import dev.langevin.kernels.driver.DriverRuntime;
import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.tests.engine.Backends;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The runtime, cuBLAS and cuDNN on a GPU, where there is one. Sums of whole numbers are exact in every precision, so
 * whatever computes them gives the same bits.
 */
class DeviceTest {
    /** Convolutions as in the networks, with several thousand terms a sum. */
    private static final List<Conv> LARGE = List.of(
            new Conv(16, 28, 28, 1, 64, 3, 3, 1, 1, DType.F32), new Conv(16, 28, 28, 64, 64, 3, 3, 1, 1, DType.F32),
            new Conv(16, 28, 28, 64, 128, 3, 3, 2, 1, DType.F32), new Conv(16, 14, 14, 192, 128, 1, 1, 1, 0, DType.F32),
            new Conv(16, 28, 28, 64, 1, 3, 3, 1, 1, DType.F32), new Conv(16, 7, 7, 256, 256, 3, 3, 1, 1, DType.F32));

    private static CudaBackend device(Precision precision) {
        Optional<CudaBackend> device = Backends.device(precision);
        assumeTrue(device.isPresent(), () -> "no GPU: " + NativeLibraries.here().missing().orElse(""));
        return device.get();
    }

    /** Bias and residual may be added before or after the sum is rounded to bfloat16. */
    private static int most(Conv g) {
        return g.type() == DType.F32 ? 9 : 1;
    }

    private static void small(CudaRuntime cuda, DenseMath dense) {
        for (Conv g : DenseCases.CONVOLUTIONS) {
            for (int extras : new int[] {0, 1, 3}) {
                DenseCases.forward(cuda, g, extras, most(g), dense::forward);
            }
            DenseCases.backwardData(cuda, g, dense::backwardData);
            DenseCases.backwardFilter(cuda, g, dense::backwardFilter);
        }
        for (Gemm g : DenseCases.PRODUCTS) {
            DenseCases.gemm(cuda, g, dense::gemm);
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void wholeNumbers(Precision precision) {
        try (CudaBackend backend = device(precision)) {
            small(backend.runtime(), backend.dense());
        }
    }

    @Test
    void otherChoicesOfAlgorithms() {
        try (CudaBackend backend = device(Precision.FP32)) {
            for (boolean dnn : new boolean[] {false, true}) {
                try (DenseMath dense = new CudaLibraries((DriverRuntime) backend.runtime(), false, false, dnn)) {
                    small(backend.runtime(), dense);
                }
            }
        }
    }

    /** cuDNN beside im2col and cuBLAS. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void largeConvolutions(DType type) {
        try (CudaBackend backend = device(Precision.FP32);
                DenseMath lowered = new CudaLibraries((DriverRuntime) backend.runtime(), false, true, false)) {
            CudaRuntime cuda = backend.runtime();
            for (Conv f : LARGE) {
                Conv g = new Conv(f.n(), f.h(), f.w(), f.c(), f.k(), f.r(), f.s(), f.stride(), f.padding(), type);
                float[][] of = new float[2][];
                for (int i = 0; i < 6; i++) {
                    DenseMath dense = i % 2 == 0 ? backend.dense() : lowered;
                    try (DenseCases.Memory m = new DenseCases.Memory(cuda, type)) {
                        long x = m.of(DenseCases.whole(DenseCases.sizeX(g), 3, 1));
                        long w = m.of(DenseCases.whole(DenseCases.sizeW(g), 3, 2));
                        long y = m.of(DenseCases.whole(DenseCases.sizeY(g), 3, 3));
                        switch (i / 2) {
                            case 0 -> dense.forward(g, x, w, type == DType.F32 ? m.of(DenseCases.whole(g.k(), 3, 4)) : 0, 0, y);
                            case 1 -> dense.backwardData(g, y, w, x);
                            default -> dense.backwardFilter(g, x, y, w);
                        }
                        of[i % 2] = switch (i / 2) {
                            case 0 -> DenseCases.download(cuda, y, DenseCases.sizeY(g), type);
                            case 1 -> DenseCases.download(cuda, x, DenseCases.sizeX(g), type);
                            default -> DenseCases.download(cuda, w, DenseCases.sizeW(g), type);
                        };
                    }
                    if (i % 2 == 1) {
                        assertArrayEquals(of[1], of[0], List.of("forward", "backward data", "backward filter").get(i / 2) + " of " + g);
                    }
                }
            }
        }
    }

    /** Recorded when a shape first comes, and again. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void graphs(Precision precision) {
        try (CudaBackend backend = device(precision)) {
            CudaRuntime cuda = backend.runtime();
            for (int i = 0; i < 2; i++) {
                for (Conv g : DenseCases.CONVOLUTIONS) {
                    DenseCases.forward(cuda, g, 3, most(g), (s, x, w, bias, residual, y) -> replay(cuda, () -> backend.dense().forward(s, x, w, bias, residual, y)));
                    DenseCases.backwardData(cuda, g, (s, dy, w, dx) -> replay(cuda, () -> backend.dense().backwardData(s, dy, w, dx)));
                    DenseCases.backwardFilter(cuda, g, (s, x, dy, dw) -> replay(cuda, () -> backend.dense().backwardFilter(s, x, dy, dw)));
                }
                for (Gemm g : DenseCases.PRODUCTS) {
                    DenseCases.gemm(cuda, g, (s, a, b, c) -> replay(cuda, () -> backend.dense().gemm(s, a, b, c)));
                }
            }
        }
    }

    private static void replay(CudaRuntime cuda, Runnable work) {
        cuda.beginCapture();
        work.run();
        try (CudaRuntime.Graph graph = cuda.endCapture()) {
            assertTrue(graph.nodes() >= 1);
            graph.launch();
            graph.launch();
            cuda.synchronize();
        }
    }

    @Test
    void runtime() {
        try (CudaBackend backend = device(Precision.FP32)) {
            CudaRuntime cuda = backend.runtime();
            int bytes = (9 << 20) + 3;
            long a = cuda.allocate(bytes);
            long b = cuda.allocate(bytes);
            assertEquals(0, a % 256);
            ByteBuffer source = ByteBuffer.allocateDirect(bytes);
            for (int i = 0; i < bytes; i++) {
                source.put(i, (byte) (i * 31 + (i >> 11)));
            }
            long start = cuda.mark();
            cuda.upload(a, source);
            cuda.zero(b, bytes);
            cuda.copy(b, a, bytes - 1);
            long end = cuda.mark();
            assertTrue(cuda.milliseconds(start, end) > 0);
            ByteBuffer back = cuda.pinned(bytes);
            cuda.download(back, b);
            assertEquals(bytes - 1, source.mismatch(back));
            assertEquals(0, back.get(bytes - 1));
            ByteBuffer pinned = cuda.pinned(8).order(ByteOrder.nativeOrder());
            cuda.beginCapture();
            cuda.upload(a, pinned);
            cuda.copy(b, a, 8);
            try (CudaRuntime.Graph graph = cuda.endCapture()) {
                assertEquals(2, graph.nodes());
                pinned.putLong(0, 42);
                graph.launch();
                cuda.download(back.clear().limit(8), b);
                assertEquals(42, back.order(ByteOrder.nativeOrder()).getLong(0));
            }
            assertThrows(OutOfMemoryError.class, () -> cuda.allocate(1L << 46));
            cuda.free(a);
            cuda.free(b);
            assertTrue(cuda.memory()[0] > 0 && cuda.memory()[0] <= cuda.memory()[1]);
        }
    }
}
