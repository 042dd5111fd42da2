package dev.langevin.tests.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.emulator.EmulatorFault;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Every planted fault of resources/ptx/faults.cu is found, and the message says where. */
class EmulatorFaultTest {
    private static final KernelModule FAULTS = Ptx.resource("faults");
    private static final List<String> SOURCE = source();

    private final EmulatorRuntime cuda = new EmulatorRuntime();
    private final long x = Ptx.upload(cuda, IntStream.range(0, 64).toArray());
    private final long y = cuda.allocate(4 * 64);

    private static List<String> source() {
        try (var in = EmulatorFaultTest.class.getResourceAsStream("/ptx/faults.cu")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The line of the fault in a kernel, or the one with a mark of its own. */
    private static int line(String kernel, String mark) {
        int from = 0;
        while (!SOURCE.get(from).contains(kernel + "(")) {
            from++;
        }
        while (!SOURCE.get(from).endsWith(mark)) {
            from++;
        }
        return from + 1;
    }

    private String message(String kernel, Grid grid) {
        return assertThrows(EmulatorFault.class, () -> cuda.launch(FAULTS.kernels().get(kernel), grid, Ptx.arguments(y, x, 64).limit(20)), kernel).getMessage();
    }

    private void fault(String kernel, Grid grid, int block, int thread, String what) {
        String message = message(kernel, grid);
        String where = "faults.cu:" + line(kernel, "// fault") + ", block " + block + ", thread " + thread + ": ";
        assertTrue(message.startsWith("kernel " + kernel + ", ") && message.contains(where), () -> message + " does not say " + where);
        assertTrue(message.contains(what), message);
    }

    @Test
    void outOfBounds() {
        fault("beyond", Grid.of(3, 32), 2, 0, "4 bytes at offset 256 of allocation 2 of 256 bytes: out of bounds");
        String inlined = message("before", Grid.of(1, 32));
        assertTrue(inlined.startsWith("kernel before, faults.cu:" + line("load", "// fault inlined") + ", inlined at faults.cu:"), inlined);
        assertTrue(inlined.contains("12 before allocation 1"), inlined);
    }

    /** Our build keeps where a line was inlined in a comment. */
    @Test
    void inlinedLinesFromComments() {
        KernelModule commented = new KernelModule("faults", FAULTS.ptx().replaceAll(", function_name [^,\n]*, inlined_at", " // inlined_at"));
        assertTrue(commented.ptx().contains(" // inlined_at "));
        String message = assertThrows(EmulatorFault.class, () -> cuda.launch(commented.kernels().get("before"), Grid.of(1, 32),
                Ptx.arguments(y, x, 64).limit(20))).getMessage();
        assertEquals(message("before", Grid.of(1, 32)), message);
    }

    @Test
    void misaligned() {
        fault("misaligned", Grid.of(1, 32), 0, 1, "16 bytes at offset 4 of allocation 2 of 256 bytes: misaligned");
    }

    @Test
    void unwritten() {
        fault("unwritten", Grid.of(1, 32), 0, 7, "reads offset 28 of allocation 2 of 256 bytes, which was never written");
        fault("unwritten_shared", Grid.of(1, 64), 0, 58, "reads offset 20 of shared memory, which was not written yet");
        CudaException copy = assertThrows(EmulatorFault.class, () -> Ptx.ints(cuda, cuda.allocate(8), 2));
        assertTrue(copy.getMessage().contains("never written"), copy.getMessage());
    }

    @Test
    void unwrittenRegisters() {
        String body = """
                mov.u32 %r0, %tid.x;
                ld.param.u64 %rd0, [k_param_0];
                setp.lt.u32 %p1, %r0, 3;
                @%p1 mov.u32 %r1, 4;
                setp.lt.u32 %p2, %r0, 5;
                @%p2 st.global.u32 [%rd0], %r1;
                """;
        String message = assertThrows(EmulatorFault.class, () -> cuda.launch(Ptx.kernel(1, body), Grid.of(1, 32), Ptx.arguments(y))).getMessage();
        assertTrue(message.contains("thread 3") && message.contains("reads %r1, which was never written"), message);
        // What is written wherever it is read is no fault.
        cuda.launch(Ptx.kernel(1, body.replace("%r0, 5", "%r0, 3")), Grid.of(1, 32), Ptx.arguments(y));
        assertEquals(4, Ptx.ints(cuda, y, 1)[0]);
    }

    @Test
    void sharedRaces() {
        fault("no_barrier", Grid.of(1, 64), 0, 32, "which thread 31 wrote with no barrier between");
        fault("read_then_write", Grid.of(1, 64), 0, 32, "which thread 31 wrote with no barrier between");
        fault("same_word", Grid.of(1, 64), 0, 1, "where thread 0 writes another value in the same instruction");
        // Threads of one warp run in step: there is no race within it.
        cuda.launch(FAULTS.kernels().get("no_barrier"), Grid.of(1, 32), Ptx.arguments(y, x, 64).limit(20));
    }

    @Test
    void sharedOutOfBounds() {
        fault("beyond_shared", new Grid(1, 1, 1, 32, 260), 0, 1, "4 bytes at offset 260 of 260 bytes of shared memory: out of bounds");
    }

    @Test
    void divergedBarriers() {
        fault("exited", Grid.of(1, 64), 0, 0, "is reached by 63 of 64 threads; 1 threads of the block have exited, 0 wait elsewhere");
        String message = message("elsewhere", Grid.of(1, 64));
        assertTrue(message.contains("block 0, thread 32: bar.sync"), message);
        assertTrue(message.contains("wait at another barrier, faults.cu:" + line("elsewhere", "// fault")), message);
    }

    @Test
    void divergedShuffles() {
        fault("shuffle", Grid.of(1, 32), 0, 0, "waits for thread 13");
        fault("shuffle_exited", Grid.of(1, 32), 0, 0, "waits for thread 13, which has exited");
    }

    @Test
    void blocksThatDisturbEachOther() {
        fault("blocks_write", Grid.of(2, 32), 1, 0, "which block 0 of the same launch wrote");
        long wide = cuda.allocate(4 * 128);
        String message = assertThrows(EmulatorFault.class, () -> cuda.launch(FAULTS.kernels().get("blocks_read"), Grid.of(2, 32),
                Ptx.arguments(wide, x, 64).limit(20))).getMessage();
        assertTrue(message.contains("block 1, thread 0") && message.contains("which block 0 of the same launch wrote"), message);
        cuda.zero(wide, 4 * 128);
        String later = assertThrows(EmulatorFault.class, () -> cuda.launch(FAULTS.kernels().get("blocks_read_first"), Grid.of(3, 32),
                Ptx.arguments(wide, x, 64).limit(20))).getMessage();
        assertTrue(later.contains("block 1, thread 0: st.global") && later.contains("which block 0 of the same launch read"), later);
    }

    @Test
    void endlessLoops() {
        EmulatorRuntime small = new EmulatorRuntime(1, 1000);
        long words = small.allocate(4);
        String message = assertThrows(EmulatorFault.class, () -> small.launch(FAULTS.kernels().get("endless"), Grid.of(1, 1),
                Ptx.arguments(words, words, 1).limit(20))).getMessage();
        assertTrue(message.contains("kernel endless, faults.cu:" + line("endless", "// fault")) && message.contains("infinite loop"), message);
    }

    @Test
    void freedMemory() {
        long gone = cuda.allocate(256);
        cuda.free(gone);
        String message = assertThrows(EmulatorFault.class, () -> cuda.launch(FAULTS.kernels().get("bounded"), Grid.of(1, 32), Ptx.arguments(gone, x, 64).limit(20))).getMessage();
        assertTrue(message.contains("offset 0 of allocation 3 of 256 bytes, which was freed"), message);
        String none = assertThrows(EmulatorFault.class, () -> cuda.launch(FAULTS.kernels().get("bounded"), Grid.of(1, 32), Ptx.arguments(0, x, 64).limit(20))).getMessage();
        assertTrue(none.contains("null pointer"), none);
        assertThrows(CudaException.class, () -> cuda.free(gone));
        assertThrows(CudaException.class, () -> cuda.zero(gone, 4));
    }

    @Test
    void launchesThatADeviceRefuses() {
        refused(Grid.of(1, 64), "64 threads a block, its launch bounds say 32");
        refused(Grid.of(0, 32), "a grid of 0 x 1 x 1 blocks");
        refused(new Grid(1, 65536, 1, 32, 0), "65536");
        refused(new Grid(1, 1, 1, 32, 1 << 20), "bytes of shared memory");
        CudaException unknown = assertThrows(CudaException.class, () -> cuda.prepare(Ptx.kernel(0, "frobnicate.u32 %r1, %r2;")));
        assertTrue(unknown.getMessage().contains("frobnicate.u32 %r1, %r2") && unknown.getMessage().contains("PTX line 12"), unknown.getMessage());
    }

    private void refused(Grid grid, String what) {
        CudaException e = assertThrows(CudaException.class, () -> cuda.launch(FAULTS.kernels().get("bounded"), grid, Ptx.arguments(y, x, 64).limit(20)));
        assertTrue(e.getMessage().contains("kernel bounded") && e.getMessage().contains(what), e.getMessage());
    }
}
