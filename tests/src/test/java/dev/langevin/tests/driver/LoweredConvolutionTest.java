package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.DenseMath.Gemm;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.kernels.driver.LoweredConvolution;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Convolutions by the kernels of im2col.cu, on the emulator, with the product by plain loops. */
class LoweredConvolutionTest {
    private final EmulatorRuntime cuda = new EmulatorRuntime();
    private final List<Gemm> products = new ArrayList<>();

    private void product(Gemm g, DType result, long a, long b, long c) {
        products.add(g);
        float[] left = DenseCases.download(cuda, a, g.batch() * g.m() * g.k(), g.type());
        float[] right = DenseCases.download(cuda, b, g.batch() * g.k() * g.n(), g.type());
        float[] exact = DenseCases.product(g, left, right);
        ByteBuffer bytes = ByteBuffer.allocateDirect(4 * exact.length).order(ByteOrder.nativeOrder());
        assertEquals(DType.F32, result);
        for (float v : exact) {
            bytes.putFloat(v);
        }
        cuda.upload(c, bytes.flip());
    }

    private void all(LoweredConvolution lowered, Conv g) {
        for (int extras = 0; extras < 4; extras++) {
            DenseCases.forward(cuda, g, extras, lowered::forward);
        }
        DenseCases.backwardData(cuda, g, lowered::backwardData);
        DenseCases.backwardFilter(cuda, g, lowered::backwardFilter);
    }

    @Test
    void everyShapeAndType() {
        LoweredConvolution lowered = new LoweredConvolution(cuda, this::product);
        for (Conv g : DenseCases.CONVOLUTIONS) {
            all(lowered, g);
        }
        lowered.close();
    }

    /** Two images at a time of five: parts of two sizes, and sums of filters over them. */
    @Test
    void aBatchInParts() {
        for (DType type : DType.values()) {
            for (int channels : new int[] {3, 4}) {
                Conv g = new Conv(5, 4, 3, channels, 2, 3, 3, 2, 1, type);
                LoweredConvolution lowered = new LoweredConvolution(cuda, this::product, 2L * 4 * 4 * 9 * channels);
                products.clear();
                all(lowered, g);
                assertEquals(6 * 3, products.size());
                lowered.close();
            }
        }
    }

    /** y + bias + residual in place, after a convolution that a library rounded: the way of one that takes no bias. */
    @Test
    void biasAndResidualBehindALibrary() {
        int k = 5;
        int n = 7 * k;
        for (DType type : DType.values()) {
            Kernel kernel = new KernelLibrary().get(type == DType.F32 ? "conv_add_f32" : "conv_add_rounded_bf16");
            for (int extras = 0; extras < 4; extras++) {
                float[] y = thirds(n, 1, type);
                float[] bias = thirds(k, 2, type);
                float[] residual = thirds(n, 3, type);
                float[] expected = y.clone();
                try (DenseCases.Memory m = new DenseCases.Memory(cuda, type)) {
                    long at = m.of(y);
                    long[] arguments = {at, at, (extras & 1) == 0 ? 0 : m.of(bias), (extras & 2) == 0 ? 0 : m.of(residual), k, n};
                    ByteBuffer block = ByteBuffer.allocateDirect(kernel.parameterBytes()).order(ByteOrder.nativeOrder());
                    for (int i = 0; i < arguments.length; i++) {
                        Kernel.Parameter p = kernel.parameters().get(i);
                        if (p.bytes() == Long.BYTES) {
                            block.putLong(p.offset(), arguments[i]);
                        } else {
                            block.putInt(p.offset(), (int) arguments[i]);
                        }
                    }
                    cuda.launch(kernel, Grid.of(2, 32), block);
                    for (int i = 0; i < n; i++) {
                        expected[i] += (extras & 1) == 0 ? 0 : bias[i % k];
                        expected[i] += (extras & 2) == 0 ? 0 : residual[i];
                    }
                    m.expect(kernel + ", extras " + extras, expected, at);
                }
            }
        }
    }

    /** Numbers whose sums are not exact. */
    private static float[] thirds(int size, long seed, DType type) {
        float[] values = DenseCases.whole(size, seed);
        for (int i = 0; i < size; i++) {
            values[i] = DenseCases.round(values[i] / 3, type);
        }
        return values;
    }

    /** Where four channels at a time would be misaligned, they go one by one. */
    @Test
    void arraysAtAnyElement() {
        Conv g = new Conv(1, 3, 3, 4, 2, 3, 3, 1, 1, DType.F32);
        LoweredConvolution lowered = new LoweredConvolution(cuda, this::product);
        float[] w = DenseCases.whole(DenseCases.sizeW(g), 2);
        float[] x = DenseCases.whole(DenseCases.sizeX(g) + 1, 1);
        float[] shifted = new float[x.length - 1];
        System.arraycopy(x, 1, shifted, 0, shifted.length);
        try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            long y = m.room(18);
            long expected = m.room(18);
            long weights = m.of(w);
            lowered.forward(g, m.of(x) + 4, weights, 0, 0, y);
            lowered.forward(g, m.of(shifted), weights, 0, 0, expected);
            m.expect("at an odd element", DenseCases.download(cuda, expected, 18, DType.F32), y);
        }
        lowered.close();
    }

    @Test
    void anImageThatCannotBeIndexed() {
        LoweredConvolution lowered = new LoweredConvolution(cuda, this::product);
        Conv g = new Conv(1, 4096, 4096, 64, 1, 3, 3, 1, 1, DType.F32);
        CudaException e = assertThrows(CudaException.class, () -> lowered.forward(g, 0, 0, 0, 0, 0));
        assertTrue(e.getMessage().contains("9663676416"), e.getMessage());
    }
}
