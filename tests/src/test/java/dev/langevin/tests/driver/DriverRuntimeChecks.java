package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.driver.DriverRuntime;
import dev.langevin.kernels.driver.NativeFunctions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;

/** The checks of {@link DriverRuntimeTest}; runs in a JVM of its own. */
final class DriverRuntimeChecks {
    private static final String PTX = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry probe(
            	.param .u64 probe_param_0,
            	.param .u32 probe_param_1,
            	.param .align 8 .b8 probe_param_2[24],
            	.param .f32 probe_param_3,
            	.param .u64 probe_param_4
            )
            .maxntid 256, 1, 1
            {
            	ret;
            }
            .visible .entry bare()
            {
            	ret;
            }
            """;

    private final StandInDriver driver;
    private final DriverRuntime cuda;
    private final KernelModule module = new KernelModule("probe", PTX);
    private final Set<String> called = new TreeSet<>();

    private DriverRuntimeChecks(Path folder) {
        driver = new StandInDriver(folder);
        cuda = new DriverRuntime(1);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        StandIns.Checks.load(folder);
        DriverRuntimeChecks self = new DriverRuntimeChecks(folder);
        StandIns.Checks checks = new StandIns.Checks();
        checks.run("open", self::open);
        checks.run("noSuchDevice", self::noSuchDevice);
        checks.run("memory", self::memory);
        checks.run("outOfMemory", self::outOfMemory);
        checks.run("uploads", self::uploads);
        checks.run("longUpload", self::longUpload);
        checks.run("pinned", self::pinned);
        checks.run("launch", self::launch);
        checks.run("sharedMemory", self::sharedMemory);
        checks.run("badLaunches", self::badLaunches);
        checks.run("badModule", self::badModule);
        checks.run("statuses", self::statuses);
        checks.run("marks", self::marks);
        checks.run("capture", self::capture);
        checks.run("capturedUpload", self::capturedUpload);
        checks.run("spoiledCapture", self::spoiledCapture);
        checks.run("threads", self::threads);
        checks.run("close", self::close);
        checks.run("names", self::names);
        checks.end();
    }

    private List<String> calls() throws Throwable {
        List<String> calls = driver.calls();
        calls.forEach(c -> called.add(c.split(" ")[0]));
        return calls;
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private void open() throws Throwable {
        assertEquals(List.of("cuInit 0", "cuDeviceGetCount", "cuDriverGetVersion", "cuDeviceGet 1", "cuDeviceGetName 41", "cuDeviceGetAttribute 16 41",
                "cuDeviceGetAttribute 75 41", "cuDeviceGetAttribute 76 41", "cuDevicePrimaryCtxRetain 41", "cuCtxSetCurrent primary", "cuStreamCreate 1"), calls());
        assertEquals("Stand-in 41", cuda.device());
        assertEquals(132, cuda.multiprocessors());
        assertEquals(90, cuda.capability());
    }

    private void noSuchDevice() throws Throwable {
        assertMessage(() -> new DriverRuntime(2), "there is no GPU 2", "has 2");
        calls();
        driver.fail("cuInit", 100);
        assertMessage(() -> new DriverRuntime(0), "cuInit", "CUDA_ERROR_NO_DEVICE", "nvidia-smi");
        calls();
    }

    private void memory() throws Throwable {
        long a = cuda.allocate(1000);
        long b = cuda.allocate(0);
        assertEquals(0, a % 256);
        cuda.zero(a, 1000);
        cuda.zero(a, 0);
        cuda.copy(b, a, 1);
        cuda.copy(b, a, 0);
        cuda.free(a);
        cuda.free(b);
        assertEquals(List.of("cuMemAlloc_v2 1000", "cuMemAlloc_v2 1", "cuMemsetD8Async 0 1000 1", "cuMemcpyDtoDAsync_v2 1 1",
                "cuStreamSynchronize 1", "cuMemFree_v2", "cuStreamSynchronize 1", "cuMemFree_v2"), calls());
        assertEquals(80L << 30, cuda.memory()[1]);
        calls();
    }

    private void outOfMemory() throws Throwable {
        driver.freeBytes(1 << 20);
        OutOfMemoryError e = assertThrows(OutOfMemoryError.class, () -> cuda.allocate((1 << 20) + 1));
        assertTrue(e.getMessage().contains("1048577"), e.getMessage());
        assertEquals(1 << 20, cuda.memory()[0]);
        driver.freeBytes(1 << 30);
        calls();
    }

    /** From ordinary memory, on the heap or off it, at any position; the source may change at once. */
    private void uploads() throws Throwable {
        long device = cuda.allocate(64);
        for (ByteBuffer source : List.of(direct(32), ByteBuffer.allocate(32))) {
            for (int i = 0; i < 32; i++) {
                source.put(i, (byte) (i + 1));
            }
            source.position(3).limit(29);
            cuda.upload(device + 8, source);
            assertEquals(3, source.position());
            source.put(3, (byte) 99);
            for (ByteBuffer target : List.of(direct(40), ByteBuffer.allocate(40))) {
                target.position(5).limit(31);
                cuda.download(target, device + 8);
                assertEquals(5, target.position());
                for (int i = 0; i < 26; i++) {
                    assertEquals(i + 4, target.get(5 + i));
                }
                assertEquals(0, target.get(4));
            }
        }
        List<String> calls = calls();
        assertEquals(2, calls.stream().filter("cuMemcpyHtoDAsync_v2 26 1"::equals).count());
        assertEquals(4, calls.stream().filter("cuMemcpyDtoHAsync_v2 26 1"::equals).count());
        cuda.free(device);
        calls();
    }

    private void longUpload() throws Throwable {
        int bytes = (9 << 20) + 5;
        long device = cuda.allocate(bytes);
        ByteBuffer source = direct(bytes);
        for (int i = 0; i < bytes; i++) {
            source.put(i, (byte) (i * 31 + (i >> 11)));
        }
        cuda.upload(device, source);
        ByteBuffer back = direct(bytes);
        cuda.download(back, device);
        assertEquals(-1, source.mismatch(back));
        assertEquals(List.of("cuMemcpyHtoDAsync_v2 4194304 1", "cuMemcpyHtoDAsync_v2 4194304 1", "cuMemcpyHtoDAsync_v2 1048581 1"),
                calls().stream().filter(c -> c.startsWith("cuMemcpyHtoD")).toList());
        cuda.free(device);
        calls();
    }

    private void pinned() throws Throwable {
        ByteBuffer pinned = cuda.pinned(24);
        assertEquals(ByteOrder.nativeOrder(), pinned.order());
        for (int i = 0; i < 24; i++) {
            assertEquals(0, pinned.get(i));
        }
        long device = cuda.allocate(24);
        pinned.putLong(8, 0x1122334455667788L);
        cuda.upload(device, pinned.duplicate().order(ByteOrder.nativeOrder()).position(8).limit(16));
        ByteBuffer back = cuda.pinned(8);
        cuda.download(back, device);
        assertEquals(0x1122334455667788L, back.getLong(0));
        assertEquals(List.of("cuMemHostAlloc 24 0", "cuMemAlloc_v2 24", "cuMemcpyHtoDAsync_v2 8 1", "cuMemHostAlloc 8 0", "cuMemcpyDtoHAsync_v2 8 1",
                "cuStreamSynchronize 1"), calls());
        cuda.free(device);
        calls();
    }

    /** Offsets with the gaps that alignment leaves: 0, 8, 16, 40, 48. */
    private void launch() throws Throwable {
        Kernel probe = module.kernels().get("probe");
        driver.parameters(8, 4, 24, 4, 8);
        ByteBuffer arguments = direct(probe.parameterBytes());
        assertEquals(56, arguments.capacity());
        arguments.putLong(0, 0x7f0011223344L).putInt(8, -2).putInt(12, -1).putFloat(40, 1.5f).putInt(44, -1).putLong(48, 7);
        for (int i = 0; i < 24; i++) {
            arguments.put(16 + i, (byte) (0xc0 + i));
        }
        cuda.launch(probe, new Grid(3, 2, 5, 96, 512), arguments);
        arguments.putLong(0, 0);
        cuda.launch(probe, Grid.of(2, 256), arguments);
        driver.parameters();
        cuda.launch(module.kernels().get("bare"), Grid.of(1, 1024), direct(0));
        String rest = " feffffff c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7 0000c03f 0700000000000000";
        assertEquals(List.of(
                "cuModuleLoadDataEx " + PTX.length() + " 5=buffer0 6=8191 13=1", "cuModuleGetFunction probe", "cuFuncGetAttribute 1 probe",
                "cuLaunchKernel probe grid 3,2,5 block 96,1,1 shared 512 stream 1 extra 0 arguments 44332211007f0000" + rest,
                "cuLaunchKernel probe grid 2,1,1 block 256,1,1 shared 0 stream 1 extra 0 arguments 0000000000000000" + rest,
                "cuModuleGetFunction bare", "cuFuncGetAttribute 1 bare",
                "cuLaunchKernel bare grid 1,1,1 block 1024,1,1 shared 0 stream 1 extra 0 arguments"), calls());
    }

    /** The stand-in's kernels declare 1,024 bytes, so 47 KB more are free. */
    private void sharedMemory() throws Throwable {
        Kernel bare = module.kernels().get("bare");
        cuda.launch(bare, new Grid(1, 1, 1, 32, 47 << 10), direct(0));
        assertEquals(1, calls().size());
        cuda.launch(bare, new Grid(1, 1, 1, 32, (47 << 10) + 1), direct(0));
        cuda.launch(bare, new Grid(1, 1, 1, 32, (47 << 10) + 1), direct(0));
        assertEquals(List.of("cuFuncSetAttribute bare 8 48129", "cuLaunchKernel", "cuLaunchKernel"),
                calls().stream().map(c -> c.startsWith("cuLaunch") ? c.split(" ")[0] : c).toList());
    }

    private void badLaunches() throws Throwable {
        Kernel probe = module.kernels().get("probe");
        assertMessage(() -> cuda.launch(probe, Grid.of(1, 257), direct(56)), "probe", "257", "256");
        assertMessage(() -> cuda.launch(probe, new Grid(1, 65536, 1, 32, 0), direct(56)), "65536");
        assertMessage(() -> cuda.launch(probe, Grid.of(0, 32), direct(56)), "x is at least 1");
        assertMessage(() -> cuda.launch(probe, Grid.of(1, 32), direct(48)), "48 bytes of arguments", "56");
        assertEquals(List.of(), calls());
    }

    private void badModule() throws Throwable {
        KernelModule other = new KernelModule("other", PTX);
        driver.fail("cuModuleLoadDataEx", 218);
        assertMessage(() -> cuda.launch(other.kernels().get("bare"), Grid.of(1, 1), direct(0)), "cuModuleLoadDataEx", "module other",
                "ptxas fatal : line 7, unknown opcode", "CUDA_ERROR_INVALID_PTX");
        calls();
    }

    private void statuses() throws Throwable {
        driver.fail("cuLaunchKernel", 701);
        assertMessage(() -> cuda.launch(module.kernels().get("bare"), Grid.of(7, 1024), direct(0)), "cuLaunchKernel (bare, Grid[x=7",
                "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "smaller blocks");
        driver.fail("cuStreamSynchronize", 700);
        assertMessage(cuda::synchronize, "cuStreamSynchronize: CUDA_ERROR_ILLEGAL_ADDRESS, an illegal memory access was encountered", "context is lost");
        // A status that neither the driver nor JCuda knows.
        driver.fail("cuStreamSynchronize", 4711);
        assertMessage(cuda::synchronize, "cuStreamSynchronize", "4711");
        calls();
    }

    private void marks() throws Throwable {
        long a = cuda.mark();
        long b = cuda.mark();
        assertEquals(1.5, cuda.milliseconds(a, b));
        long c = cuda.mark();
        cuda.await(c);
        List<String> calls = calls();
        assertTrue(calls.stream().filter(s -> s.startsWith("cuEventCreate")).count() <= 2, calls.toString());
        assertTrue(calls.containsAll(List.of("cuEventSynchronize 1", "cuEventElapsedTime")), calls.toString());
        for (int i = 0; i < 20; i++) {
            cuda.await(cuda.mark());
        }
        assertTrue(calls().stream().noneMatch(s -> s.startsWith("cuEventCreate")), "events are used again");
    }

    private void capture() throws Throwable {
        long x = cuda.allocate(8);
        long y = cuda.allocate(8);
        ByteBuffer source = cuda.pinned(8);
        source.putLong(0, 42);
        calls();
        cuda.beginCapture();
        cuda.upload(x, source);
        cuda.launch(module.kernels().get("bare"), Grid.of(1, 32), direct(0));
        cuda.copy(y, x, 8);
        for (Runnable refused : List.<Runnable>of(cuda::mark, cuda::beginCapture, () -> cuda.free(x), () -> cuda.download(direct(8), y),
                () -> cuda.upload(x, direct(8)))) {
            assertMessage(refused::run, "while a graph is recorded");
        }
        try (CudaRuntime.Graph graph = cuda.endCapture()) {
            assertEquals(3, graph.nodes());
            source.putLong(0, 43);
            graph.launch();
            ByteBuffer back = direct(8);
            cuda.download(back, y);
            assertEquals(43, back.getLong(0));
        }
        assertEquals(List.of("cuStreamBeginCapture_v2 1 2", "cuMemcpyHtoDAsync_v2 8 1", "cuMemcpyDtoDAsync_v2 8 1", "cuStreamEndCapture 1", "cuGraphGetNodes 0",
                "cuGraphInstantiateWithFlags 0", "cuGraphDestroy 1", "cuGraphLaunch 1",
                "cuLaunchKernel bare grid 1,1,1 block 32,1,1 shared 0 stream 1 extra 0 arguments", "cuMemcpyDtoHAsync_v2 8 1", "cuStreamSynchronize 1",
                "cuGraphExecDestroy 1"), calls());
    }

    /** After a refused call the capture goes on, and may be given up. */
    private void capturedUpload() throws Throwable {
        cuda.beginCapture();
        assertThrows(CudaException.class, () -> cuda.upload(1024, direct(8)));
        cuda.abandonCapture();
        cuda.await(cuda.mark());
        assertTrue(calls().containsAll(List.of("cuStreamEndCapture 1", "cuGraphDestroy 1")));
    }

    private void spoiledCapture() throws Throwable {
        cuda.beginCapture();
        driver.fail("cuStreamEndCapture", 901);
        assertMessage(cuda::endCapture, "cuStreamEndCapture", "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "spoiled");
        cuda.beginCapture();
        cuda.abandonCapture();
        calls();
    }

    private void threads() throws Throwable {
        cuda.synchronize();
        assertEquals(List.of("cuStreamSynchronize 1"), calls());
        Thread other = new Thread(cuda::synchronize);
        other.start();
        other.join();
        assertEquals(List.of("cuCtxSetCurrent primary", "cuStreamSynchronize 1"), calls());
        cuda.synchronize();
        assertEquals(List.of("cuCtxSetCurrent primary", "cuStreamSynchronize 1"), calls());
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread.startVirtualThread(() -> {
            try {
                cuda.synchronize();
            } catch (CudaException e) {
                thrown.set(e);
            }
        }).join();
        assertTrue(thrown.get().getMessage().contains("virtual thread"));
        calls();
    }

    private void close() throws Throwable {
        cuda.close();
        List<String> calls = new ArrayList<>(calls());
        for (String name : List.of("cuModuleUnload", "cuMemFreeHost", "cuEventDestroy_v2", "cuStreamDestroy_v2 1", "cuDevicePrimaryCtxRelease_v2 41")) {
            assertTrue(calls.contains(name), name);
        }
    }

    /** The list that is looked up beforehand has all that was called, and nothing else (the log leaves error texts out). */
    private void names() {
        Set<String> expected = new TreeSet<>(NativeFunctions.DRIVER);
        expected.removeAll(List.of("cuGetErrorName", "cuGetErrorString"));
        assertEquals(expected, called);
    }

    private static void assertMessage(org.junit.jupiter.api.function.Executable call, String... parts) {
        CudaException e = assertThrows(CudaException.class, call);
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }
}
