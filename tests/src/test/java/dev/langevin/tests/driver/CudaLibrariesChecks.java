package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.DenseMath.Gemm;
import dev.langevin.kernels.driver.CudaLibraries;
import dev.langevin.kernels.driver.DriverRuntime;
import dev.langevin.kernels.driver.NativeFunctions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The checks of {@link CudaLibrariesTest}; runs in a JVM of its own. */
final class CudaLibrariesChecks {
    private static final int NOTHING_KNOWN = 1;
    private static final int BAD_PARAMETERS = 2;
    private static final int NO_BIAS = 4;
    private static final int MUCH_MEMORY = 8;
    private static final Conv SMALL = new Conv(2, 3, 3, 4, 4, 3, 3, 1, 1, DType.F32);

    private final StandInDriver driver;
    private final MethodHandle refuse;
    private final Path folder;
    private final DriverRuntime cuda;
    private final CudaLibraries plain;
    private final Set<String> called = new TreeSet<>();

    private CudaLibrariesChecks(Path folder) {
        this.folder = folder;
        driver = new StandInDriver(folder);
        refuse = Linker.nativeLinker().downcallHandle(SymbolLookup.libraryLookup(folder.resolve("libcudnn.so.8"), Arena.global()).find("stub_refuse").orElseThrow(),
                FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        cuda = new DriverRuntime(0);
        plain = new CudaLibraries(cuda, false, true, true);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        StandIns.Checks.load(folder);
        CudaLibrariesChecks self = new CudaLibrariesChecks(folder);
        StandIns.Checks checks = new StandIns.Checks();
        checks.run("open", self::open);
        checks.run("products", self::products);
        checks.run("precisions", self::precisions);
        checks.run("convolutions", self::convolutions);
        checks.run("descriptors", self::descriptors);
        checks.run("algorithms", self::algorithms);
        checks.run("heuristicsRefuse", self::heuristicsRefuse);
        checks.run("biasRefused", self::biasRefused);
        checks.run("callRefused", self::callRefused);
        checks.run("tooMuchWorkspace", self::tooMuchWorkspace);
        checks.run("measured", self::measured);
        checks.run("capture", self::capture);
        checks.run("statuses", self::statuses);
        checks.run("withoutCudnn", self::withoutCudnn);
        checks.run("outOfMemory", self::outOfMemory);
        checks.run("close", self::close);
        checks.run("names", self::names);
        checks.end();
    }

    private List<String> calls() throws Throwable {
        List<String> calls = driver.calls();
        calls.forEach(c -> called.add(c.split(" ")[0]));
        return calls;
    }

    /** Of the calls since the last time, those whose names begin so. */
    private List<String> calls(String... beginnings) throws Throwable {
        return calls().stream().filter(c -> List.of(beginnings).stream().anyMatch(c::startsWith)).toList();
    }

    private CudaLibraries libraries(boolean tf32, boolean deterministic) throws Throwable {
        CudaLibraries libraries = new CudaLibraries(cuda, tf32, deterministic, true);
        calls();
        return libraries;
    }

    private void open() throws Throwable {
        assertEquals(List.of("cublasCreate_v2", "cublasSetStream_v2 1", "cuMemAlloc_v2 33554432", "cublasSetWorkspace_v2 1 33554432", "cublasSetMathMode 16",
                "cudnnCreate", "cudnnSetStream 1", "cudnnSetActivationDescriptor 5 1"), calls("cublas", "cudnn", "cuMem"));
        assertEquals("cuBLAS 13.0.2, cuDNN 9.12.0", plain.description());
    }

    private void products() throws Throwable {
        for (Gemm g : DenseCases.PRODUCTS) {
            DenseCases.gemm(cuda, g, plain::gemm);
        }
        List<String> calls = calls("cublasGemm");
        assertEquals(DenseCases.PRODUCTS.size(), calls.size());
        assertEquals(5, calls.stream().filter(c -> c.startsWith("cublasGemmStridedBatchedEx")).count());
        assertTrue(calls.stream().allMatch(c -> c.endsWith("workspace 33554432")));
    }

    /** Compute types: 69 float32 as such, 77 TF32, 68 sums in float32 of bfloat16. */
    private void precisions() throws Throwable {
        CudaLibraries tf32 = libraries(true, true);
        for (DType type : DType.values()) {
            for (CudaLibraries libraries : List.of(plain, tf32)) {
                try (DenseCases.Memory m = new DenseCases.Memory(cuda, type)) {
                    libraries.gemm(new Gemm(1, 1, 2, 3, false, false, type), m.room(3), m.room(6), m.room(2));
                    libraries.gemm(new Gemm(4, 1, 2, 3, false, false, type), m.room(12), m.room(24), m.room(8));
                }
            }
        }
        String rest = " algorithm -1 workspace 33554432";
        assertEquals(List.of(
                "cublasGemmEx 2 1 3 x1 ops 00 types 0 0 0 compute 69" + rest, "cublasGemmStridedBatchedEx 2 1 3 x4 ops 00 types 0 0 0 compute 69" + rest,
                "cublasGemmEx 2 1 3 x1 ops 00 types 0 0 0 compute 77" + rest, "cublasGemmStridedBatchedEx 2 1 3 x4 ops 00 types 0 0 0 compute 77" + rest,
                "cublasGemmEx 2 1 3 x1 ops 00 types 14 14 14 compute 68" + rest, "cublasGemmStridedBatchedEx 2 1 3 x4 ops 00 types 14 14 14 compute 68" + rest,
                "cublasGemmEx 2 1 3 x1 ops 00 types 14 14 14 compute 68" + rest, "cublasGemmStridedBatchedEx 2 1 3 x4 ops 00 types 14 14 14 compute 68" + rest),
                calls("cublasGemm"));
        tf32.close();
        calls();
    }

    private void convolutions() throws Throwable {
        for (Conv g : DenseCases.CONVOLUTIONS) {
            for (int extras : new int[] {0, 1, 3}) {
                DenseCases.forward(cuda, g, extras, plain::forward);
            }
            DenseCases.backwardData(cuda, g, plain::backwardData);
            DenseCases.backwardFilter(cuda, g, plain::backwardFilter);
        }
        assertEquals(List.of(), calls("cuLaunchKernel"), "cuDNN did it all");
        assertEquals("cuBLAS 13.0.2, cuDNN 9.12.0", plain.description());
    }

    private void descriptors() throws Throwable {
        CudaLibraries tf32 = libraries(true, true);
        Conv shape = new Conv(2, 7, 5, 3, 6, 3, 3, 2, 1, DType.F32);
        Conv half = new Conv(2, 7, 5, 3, 6, 3, 3, 2, 1, DType.BF16);
        for (Conv g : List.of(shape, half)) {
            int type = g.type() == DType.F32 ? 0 : 9;
            for (CudaLibraries libraries : List.of(plain, tf32)) {
                DenseCases.backwardFilter(cuda, g, libraries::backwardFilter);
                int math = g.type() == DType.BF16 ? 1 : libraries == tf32 ? 0 : 3;
                List<String> calls = calls("cudnnSet", "cudnnConv");
                assertEquals(List.of(
                        "cudnnSetTensor4dDescriptor format 1 type " + type + " 2 3 7 5", "cudnnSetTensor4dDescriptor format 1 type " + type + " 2 6 4 3",
                        "cudnnSetTensor4dDescriptor format 1 type " + type + " 1 6 1 1", "cudnnSetFilter4dDescriptor format 1 type " + type + " 6 3 3 3",
                        "cudnnSetConvolution2dDescriptor pad 1 1 stride 2 2 dilation 1 1 mode 1 type 0", "cudnnSetConvolutionMathType " + math), calls.subList(0, 6));
                assertEquals("cudnnConvolutionBackwardFilter 1 math " + math, calls.getLast());
            }
        }
        tf32.close();
        calls();
    }

    /** Not Winograd, not algorithm 0, whose sums have no fixed order; chosen once. */
    private void algorithms() throws Throwable {
        CudaLibraries fresh = libraries(false, true);
        for (int i = 0; i < 2; i++) {
            DenseCases.forward(cuda, SMALL, 0, fresh::forward);
            DenseCases.forward(cuda, SMALL, 1, fresh::forward);
            DenseCases.forward(cuda, SMALL, 3, fresh::forward);
            DenseCases.backwardData(cuda, SMALL, fresh::backwardData);
            DenseCases.backwardFilter(cuda, SMALL, fresh::backwardFilter);
            List<String> calls = calls("cudnnConv", "cudnnGet", "cudnnFind");
            assertEquals(List.of("cudnnConvolutionForward 1 math 3", "cudnnConvolutionBiasActivationForward 1 math 3 residual 0",
                    "cudnnConvolutionBiasActivationForward 1 math 3 residual 1", "cudnnConvolutionBackwardData 1 math 3", "cudnnConvolutionBackwardFilter 1 math 3"),
                    calls.stream().filter(c -> c.startsWith("cudnnConv")).toList());
            assertEquals(i == 0 ? 5 : 0, calls.stream().filter(c -> c.contains("Algorithm_v7")).count());
            assertEquals(i == 0 ? 5 : 0, calls.stream().filter(c -> c.contains("WorkspaceSize")).count());
        }
        fresh.close();
        calls();
    }

    /** Then the kernels of im2col.cu and cuBLAS take over, and the description says so. */
    private void heuristicsRefuse() throws Throwable {
        Conv odd = new Conv(1, 4, 4, 1, 2, 3, 3, 2, 1, DType.BF16);
        for (int refusal : new int[] {NOTHING_KNOWN, BAD_PARAMETERS}) {
            CudaLibraries fresh = libraries(false, true);
            refuse.invoke(refusal);
            driver.parameters();
            try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.BF16)) {
                long x = m.room(16);
                long w = m.room(18);
                long y = m.room(8);
                fresh.forward(odd, x, w, m.room(2), y, y);
                fresh.backwardData(odd, y, w, x);
                fresh.backwardFilter(odd, x, y, w);
            }
            refuse.invoke(0);
            List<String> calls = calls("cublasGemm", "cuLaunch").stream().map(c -> c.replaceAll(" stream.*| algorithm.*", "")).toList();
            assertEquals(List.of(
                    "cuLaunchKernel im2col_bf16 grid 1,1,1 block 256,1,1 shared 0", "cublasGemmEx 2 4 9 x1 ops 10 types 14 14 0 compute 68",
                    "cuLaunchKernel conv_add_bf16 grid 1,1,1 block 256,1,1 shared 0",
                    "cublasGemmEx 9 4 2 x1 ops 00 types 14 14 0 compute 68", "cuLaunchKernel col2im_bf16 grid 1,1,1 block 256,1,1 shared 0",
                    "cuLaunchKernel im2col_bf16 grid 1,1,1 block 256,1,1 shared 0", "cublasGemmEx 9 2 4 x1 ops 01 types 14 14 0 compute 68",
                    "cuLaunchKernel sum_parts_bf16 grid 1,1,1 block 256,1,1 shared 0"), calls);
            assertEquals("cuBLAS 13.0.2, cuDNN 9.12.0, without it: backward-data 1x4x4x1 to 2 by 3x3 stride 2 bf16, "
                    + "backward-filter 1x4x4x1 to 2 by 3x3 stride 2 bf16, forward 1x4x4x1 to 2 by 3x3 stride 2 bf16", fresh.description());
            fresh.close();
            calls();
        }
    }

    /** Then the convolution is cuDNN's, and a kernel adds bias and residual; it is given y twice, k and the number of elements. */
    private void biasRefused() throws Throwable {
        CudaLibraries fresh = libraries(false, true);
        refuse.invoke(NO_BIAS);
        driver.parameters(8, 8, 8, 8, 4, 8);
        try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            long x = m.room(72);
            long w = m.room(144);
            long bias = m.room(4);
            long residual = m.room(72);
            long y = m.room(72);
            calls();
            for (int i = 0; i < 2; i++) {
                fresh.forward(SMALL, x, w, bias, residual, y);
                List<String> calls = calls("cudnnConv", "cuLaunch");
                assertEquals(i == 0 ? List.of("cudnnConvolutionBiasActivationForward 1 math 3 residual 1", "cudnnConvolutionForward 1 math 3")
                        : List.of("cudnnConvolutionForward 1 math 3"), calls.subList(0, calls.size() - 1));
                assertTrue(calls.getLast().startsWith("cuLaunchKernel conv_add_f32 grid 1,1,1"), calls.getLast());
                assertTrue(calls.getLast().endsWith("arguments " + hex(y) + " " + hex(y) + " " + hex(bias) + " " + hex(residual) + " 04000000 " + hex(72)), calls.getLast());
            }
            // A residual alone is no reason to ask cuDNN for a bias.
            fresh.forward(SMALL, x, w, 0, residual, y);
            assertEquals(List.of("cudnnConvolutionForward", "cuLaunchKernel"), calls("cudnnConv", "cuLaunch").stream().map(c -> c.split(" ")[0]).toList());
        }
        driver.parameters();
        refuse.invoke(0);
        fresh.close();
        calls();
    }

    private static String hex(long value) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            s.append(String.format("%02x", value >>> 8 * i & 255));
        }
        return s.toString();
    }

    private void callRefused() throws Throwable {
        CudaLibraries fresh = libraries(false, true);
        driver.fail("cudnnConvolutionBackwardData", 3002);
        try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            fresh.backwardData(SMALL, m.room(72), m.room(144), m.room(72));
        }
        List<String> calls = calls("cudnnConv", "cublasGemm", "cuLaunch");
        assertEquals(List.of("cudnnConvolutionBackwardData", "cublasGemmEx", "cuLaunchKernel"), calls.stream().map(c -> c.split(" ")[0]).toList());
        assertTrue(fresh.description().endsWith("without it: backward-data 2x3x3x4 to 4 by 3x3"), fresh.description());
        fresh.close();
        calls();
    }

    private void tooMuchWorkspace() throws Throwable {
        CudaLibraries fresh = libraries(false, true);
        refuse.invoke(MUCH_MEMORY);
        try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            fresh.backwardFilter(SMALL, m.room(72), m.room(72), m.room(144));
        }
        refuse.invoke(0);
        assertEquals(List.of(), calls("cudnnConv"));
        fresh.close();
        calls();
    }

    /** The fastest, whatever the order of its sums; but not Winograd. */
    private void measured() throws Throwable {
        CudaLibraries fresh = libraries(false, false);
        DenseCases.forward(cuda, SMALL, 0, fresh::forward);
        DenseCases.forward(cuda, SMALL, 1, fresh::forward);
        DenseCases.backwardData(cuda, SMALL, fresh::backwardData);
        DenseCases.backwardFilter(cuda, SMALL, fresh::backwardFilter);
        List<String> calls = calls("cudnnConv", "cudnnFind", "cudnnGetConvolutionForwardA");
        assertEquals(List.of("cudnnFindConvolutionForwardAlgorithmEx 536870912", "cudnnConvolutionForward 0 math 3",
                "cudnnFindConvolutionForwardAlgorithmEx 536870912", "cudnnConvolutionBiasActivationForward 1 math 3 residual 0",
                "cudnnFindConvolutionBackwardDataAlgorithmEx 536870912", "cudnnConvolutionBackwardData 0 math 3",
                "cudnnFindConvolutionBackwardFilterAlgorithmEx 536870912", "cudnnConvolutionBackwardFilter 0 math 3"), calls);
        fresh.close();
        calls();
    }

    /** While a graph is recorded nothing is tried out, no memory is given back, and a workspace stays where it is. */
    private void capture() throws Throwable {
        CudaLibraries fresh = libraries(false, false);
        try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            long x = m.room(72);
            long w = m.room(144);
            long y = m.room(72);
            cuda.beginCapture();
            fresh.backwardData(SMALL, y, w, x);
            fresh.gemm(new Gemm(1, 2, 2, 2, false, false, DType.F32), x, y, w);
            cuda.endCapture().close();
            List<String> calls = calls();
            assertTrue(calls.stream().noneMatch(c -> c.startsWith("cudnnFind") || c.startsWith("cuMemFree") || c.startsWith("cuStreamSynchronize")), calls.toString());
            assertTrue(calls.contains("cudnnConvolutionBackwardData 0 math 3"), calls.toString());
        }
        fresh.close();
        calls();
    }

    private void statuses() throws Throwable {
        driver.fail("cudnnConvolutionForward", 5000);
        CudaException e = assertThrows(CudaException.class, () -> DenseCases.forward(cuda, SMALL, 0, plain::forward));
        assertTrue(e.getMessage().matches("cudnn, FORWARD, algorithm 1 \\(Conv\\[n=2.*CUDNN_STATUS_EXECUTION_FAILED; the context is lost.*"), e.getMessage());
        driver.fail("cublasGemmEx", 13);
        e = assertThrows(CudaException.class, () -> plain.gemm(new Gemm(1, 1, 2, 3, false, false, DType.F32), 256, 256, 256));
        assertTrue(e.getMessage().matches("cublasGemmEx \\(Gemm\\[batch=1.*CUBLAS_STATUS_EXECUTION_FAILED; the context is lost.*"), e.getMessage());
        // Not of this convolution, but of every one: no reason to do without cuDNN and say nothing.
        driver.fail("cudnnConvolutionForward", 3005);
        e = assertThrows(CudaException.class, () -> DenseCases.forward(cuda, SMALL, 0, plain::forward));
        assertTrue(e.getMessage().contains("install the one for its CUDA"), e.getMessage());
        driver.fail("cudnnCreate", 1008);
        e = assertThrows(CudaException.class, () -> new CudaLibraries(cuda, false, true, true));
        assertTrue(e.getMessage().matches("cudnnCreate: CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED; .* must lie together"), e.getMessage());
        calls();
    }

    private void withoutCudnn() throws Throwable {
        try (DenseMath without = new CudaLibraries(cuda, false, true, false)) {
            try (DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
                without.forward(SMALL, m.room(72), m.room(144), 0, 0, m.room(72));
            }
            assertEquals("cuBLAS 13.0.2, convolutions as matrix products", without.description());
        }
        assertFalse(calls().stream().anyMatch(c -> c.startsWith("cudnn")));
    }

    /** Scratch memory is doubled where there is room, else made just large enough, else that is said. */
    private void outOfMemory() throws Throwable {
        Conv one = new Conv(1, 64, 64, 8, 1, 3, 3, 1, 1, DType.F32);
        Conv larger = new Conv(1, 80, 80, 8, 1, 3, 3, 1, 1, DType.F32);
        try (DenseMath without = new CudaLibraries(cuda, false, true, false); DenseCases.Memory m = new DenseCases.Memory(cuda, DType.F32)) {
            long x = m.room(DenseCases.sizeX(larger));
            long w = m.room(DenseCases.sizeW(larger));
            long y = m.room(DenseCases.sizeY(larger));
            without.forward(SMALL, x, w, 0, 0, y);
            driver.freeBytes(3 << 19);
            calls();
            without.forward(one, x, w, 0, 0, y);
            assertEquals(List.of("cuMemAlloc_v2 2097152", "cuMemAlloc_v2 1179648"), calls("cuMemAlloc"));
            CudaException e = assertThrows(CudaException.class, () -> without.forward(larger, x, w, 0, 0, y));
            assertTrue(e.getMessage().startsWith("out of device memory: a matrix product or convolution needs 1 MiB to work in"), e.getMessage());
            assertThrows(CudaException.class, () -> new CudaLibraries(cuda, false, true, true));
        } finally {
            driver.freeBytes(1 << 30);
        }
        calls();
    }

    /** Every descriptor that was made is given back, and all memory. */
    private void close() throws Throwable {
        calls();
        plain.close();
        List<String> calls = calls();
        for (String name : List.of("cudnnDestroyTensorDescriptor", "cudnnDestroyFilterDescriptor", "cudnnDestroyConvolutionDescriptor",
                "cudnnDestroyActivationDescriptor", "cudnnDestroy", "cublasDestroy_v2 1")) {
            assertTrue(calls.contains(name), name);
        }
        assertEquals(2, calls.stream().filter("cuMemFree_v2"::equals).count());
        cuda.close();
        calls();
    }

    /** The lists that are looked up beforehand have all that was called, and nothing else that the stand-ins log. */
    private void names() {
        for (List<String> names : List.of(NativeFunctions.CUBLAS, NativeFunctions.CUDNN)) {
            String library = names == NativeFunctions.CUBLAS ? "cublas" : "cudnn";
            SymbolLookup stub = SymbolLookup.libraryLookup(folder.resolve(library.equals("cublas") ? "libcublas.so.12" : "libcudnn.so.8"), Arena.global());
            names.forEach(n -> assertTrue(stub.find(n).isPresent(), n));
            Set<String> others = new TreeSet<>(called);
            others.removeIf(n -> !n.startsWith(library));
            others.removeAll(names);
            assertEquals(Set.of(), others);
        }
    }
}
