package dev.langevin.tests.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import dev.langevin.kernels.emulator.Statistics;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The kernels of fill.cu run from their PTX; work that is captured is replayed. */
class EmulatorTest {
    private static final KernelLibrary LIBRARY = new KernelLibrary();

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Test
    void everyKernelIsUnderstood() {
        try (EmulatorRuntime cuda = new EmulatorRuntime()) {
            KernelLibrary.bundled().values().forEach(m -> m.kernels().values().forEach(cuda::prepare));
        }
    }

    @Test
    void fillsAndConverts() {
        for (int threads = 1; threads <= 2; threads++) {
            try (EmulatorRuntime cuda = new EmulatorRuntime(threads)) {
                int n = 1003;
                long x = cuda.allocate(4 * n);
                long y = cuda.allocate(2 * n);
                fill(cuda, x, 1.0078125f + 0x1p-10f, n);
                cast(cuda, "cast_to_bf16", y, x, n);
                ByteBuffer half = direct(2 * n);
                cuda.download(half, y);
                for (int i = 0; i < n; i++) {
                    assertEquals((short) 0x3f81, half.getShort(2 * i));
                }
                cast(cuda, "cast_to_f32", x, y, n);
                ByteBuffer whole = direct(4 * n);
                cuda.download(whole, x);
                for (int i = 0; i < n; i++) {
                    assertEquals(1.0078125f, whole.getFloat(4 * i));
                }
            }
        }
    }

    /** 288 threads in 9 warps; a warp's row of 16 bytes a thread is 16 sectors. */
    @Test
    void countsWhatKernelsDo() {
        try (EmulatorRuntime cuda = new EmulatorRuntime()) {
            long x = cuda.allocate(4 * 1152);
            Statistics before = cuda.statistics();
            fill(cuda, x, 1, 1152);
            Statistics done = cuda.statistics().since(before);
            assertEquals(1, done.launches());
            assertEquals(9, done.requests());
            assertEquals(9 * 16, done.sectors());
            assertEquals(4 * 1152, done.bytes());
            assertEquals(0, done.instructions() % 288);
            long[] memory = cuda.memory();
            assertEquals(4 * 1152, memory[1] - memory[0]);
            cuda.free(x);
            assertEquals(memory[1], cuda.memory()[0]);
        }
    }

    /** Neighbouring bfloat16 numbers of two blocks lie in one word. */
    @Test
    void blocksShareAWordByHalves() {
        for (int threads = 1; threads <= 2; threads++) {
            try (EmulatorRuntime cuda = new EmulatorRuntime(threads)) {
                int n = 700;
                float[] values = new float[n];
                for (int i = 0; i < n; i++) {
                    values[i] = i;
                }
                long x = Ptx.upload(cuda, values);
                long y = cuda.allocate(2 * n + 2);
                Kernel kernel = LIBRARY.get("cast_to_bf16");
                ByteBuffer arguments = direct(kernel.parameterBytes());
                arguments.putLong(0, y + 2).putLong(8, x).putLong(16, n);
                cuda.launch(kernel, Grid.of(7, 33), arguments);
                ByteBuffer half = direct(2 * n);
                cuda.download(half, y + 2);
                for (int i = 0; i < 256; i++) {
                    assertEquals((float) i, Float.intBitsToFloat(half.getShort(2 * i) << 16));
                }
            }
        }
    }

    @Test
    void capturedWorkRunsAtEachReplay() {
        try (EmulatorRuntime cuda = new EmulatorRuntime()) {
            int n = 5;
            long x = cuda.allocate(4 * n);
            long y = cuda.allocate(4 * n);
            ByteBuffer slot = cuda.pinned(4);
            int[] ran = {0};
            cuda.zero(y, 4 * n);
            cuda.beginCapture();
            fill(cuda, x, 3, n);
            cuda.copy(y, x, 4 * n);
            cuda.upload(y + 8, slot);
            cuda.submit(() -> ran[0]++);
            CudaRuntime.Graph graph = cuda.endCapture();
            assertEquals(4, graph.nodes());
            ByteBuffer out = direct(4 * n);
            cuda.download(out, y);
            assertEquals(0f, out.getFloat(0));
            for (int k = 1; k < 4; k++) {
                slot.putFloat(0, k);
                graph.launch();
                cuda.download(out, y);
                assertEquals(3f, out.getFloat(4));
                assertEquals((float) k, out.getFloat(8));
                assertEquals(k, ran[0]);
            }
        }
    }

    private static void fill(EmulatorRuntime cuda, long y, float value, long n) {
        Kernel fill = LIBRARY.get("fill_f32");
        ByteBuffer arguments = direct(fill.parameterBytes());
        arguments.putLong(0, y).putLong(8, 0).putFloat(16, value).putLong(24, n);
        cuda.launch(fill, Grid.of(3, 96), arguments);
    }

    private static void cast(EmulatorRuntime cuda, String name, long y, long x, long n) {
        Kernel kernel = LIBRARY.get(name);
        ByteBuffer arguments = direct(kernel.parameterBytes());
        arguments.putLong(0, y).putLong(8, x).putLong(16, n);
        cuda.launch(kernel, Grid.of(2, 64), arguments);
    }
}
