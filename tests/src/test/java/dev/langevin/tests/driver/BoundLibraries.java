package dev.langevin.tests.driver;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.driver.Capability;
import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.kernels.driver.NativeLibrary;
import dev.langevin.kernels.driver.SourceCompiler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcudnn.JCudnn;
import jcuda.nvrtc.JNvrtc;

/** Binds the libraries of its process and says what came of it, a line each. */
final class BoundLibraries {
    private BoundLibraries() {
    }

    private static final String PTX = """
            .version 9.3
            .target sm_80
            .address_size 64
            .visible .entry scale(.param .u64 x)
            {
            \t.loc\t1 2 3, function_name $L__info_string0, inlined_at 1 7 5
            \tret;
            }
            \t.section\t.debug_str
            {
            }
            """;

    private static String compiled(String source) {
        try {
            KernelModule module = SourceCompiler.compile("mine", source);
            return module.kernels().keySet() + " " + module.ptx().lines().filter(line -> line.contains("version") || line.contains("inlined")
                    || line.contains("section")).map(String::strip).toList();
        } catch (CudaException e) {
            return e.getMessage();
        }
    }

    /** @param args {@code compile} to do no more than compile; {@code unknown} to call a function of cuBLAS that the stub lacks and nobody looks up */
    public static void main(String[] args) throws Exception {
        if (List.of(args).contains("compile")) {
            System.out.println("compiled " + compiled(PTX));
            System.out.println("refused " + compiled(PTX + "wrong"));
            System.out.println("including " + compiled(PTX + "wrong\n  #include \"philox.cuh\"\n#include \"nowhere.cuh\"\n"));
            return;
        }
        String temporary = System.getProperty("java.io.tmpdir");
        try {
            NativeLibraries.load();
        } catch (CudaException e) {
            System.out.println("refused: " + e.getMessage());
            return;
        }
        int[] a = new int[1];
        int[] b = new int[1];
        System.out.println("driver " + JCudaDriver.cuDriverGetVersion(a) + " " + a[0]);
        Capability compiler = NativeLibraries.here().capability(NativeLibrary.NVRTC);
        if (compiler.available()) {
            NativeLibraries.loadCompiler();
            System.out.println("nvrtc " + JNvrtc.nvrtcVersion(a, b) + " " + a[0] + "." + b[0]);
        } else {
            System.out.println("no nvrtc: " + compiler.complaint());
        }
        System.out.println("cublas " + JCublas2.cublasGetProperty(0, a) + " " + a[0] + ", create " + JCublas2.cublasCreate(new cublasHandle()));
        System.out.println("cudnn " + JCudnn.cudnnGetVersion());
        System.out.println("device " + NativeLibraries.load().device().name());
        for (NativeLibrary library : NativeLibrary.values()) {
            Capability capability = NativeLibraries.here().capability(library);
            System.out.println(library + " " + capability.version() + " " + capability.path());
        }
        TreeSet<String> loaded = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            if (line.matches(".*/lib(J|cu|nv).*")) {
                loaded.add(line.substring(line.indexOf('/')));
            }
        }
        loaded.forEach(file -> System.out.println("loaded " + file));
        System.out.println("temporary " + temporary.equals(System.getProperty("java.io.tmpdir")));
        try (var files = Files.list(Path.of(temporary))) {
            System.out.println("left " + files.map(f -> f.getFileName().toString()).filter(f -> f.startsWith("langevin")).toList());
        }
        if (List.of(args).contains("unknown")) {
            JCublas2.cublasSetAtomicsMode(new cublasHandle(), 0);
            System.out.println("still alive");
        }
    }
}
