package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.cli.Langevin;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.driver.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * JCuda bound to libraries as they are on a machine with a GPU, which stubs stand in for; each time in a JVM of its own,
 * since a process keeps what it has loaded.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "CUDA is supported on 64-bit Linux on x86")
class NativeLibrariesTest {
    @TempDir
    static Path stubs;
    @TempDir
    Path temporary;

    private record Result(int status, String out, String err) {
        String line(String begin) {
            return out.lines().filter(line -> line.startsWith(begin)).findFirst().orElseThrow(() -> new AssertionError("no line '" + begin + "' in\n" + out + err));
        }
    }

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(StubLibraries.canBeBuilt(), "gcc is not there to build stub libraries");
        StubLibraries.build(stubs.resolve("driver"), NativeLibrary.DRIVER, 1);
        for (int major : new int[] {12, 13}) {
            StubLibraries.build(stubs.resolve("cuda" + major), NativeLibrary.NVRTC, major);
            StubLibraries.build(stubs.resolve("cuda" + major), NativeLibrary.CUBLAS, major);
        }
        StubLibraries.build(stubs.resolve("cudnn8"), NativeLibrary.CUDNN, 8);
        StubLibraries.build(stubs.resolve("cudnn9"), NativeLibrary.CUDNN, 9);
    }

    /** Nothing of CUDA's that may be on this machine is seen: neither its folders nor its Python. */
    private Result java(Map<String, String> environment, String folders, Class<?> main, String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules", "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
                "-Djava.io.tmpdir=" + temporary, "-Dlangevin.cuda.root=" + temporary, "-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), main.getName()));
        command.addAll(List.of(args));
        Path out = temporary.resolve("out.txt");
        Path err = temporary.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile()).redirectOutput(out.toFile());
        builder.environment().clear();
        List<String> paths = new ArrayList<>();
        for (String folder : folders.split(" ")) {
            paths.add(stubs.resolve(folder).toString());
        }
        builder.environment().put("LANGEVIN_CUDA_PATH", String.join(File.pathSeparator, paths));
        builder.environment().putAll(environment);
        int status = builder.start().waitFor();
        return new Result(status, Files.readString(out, StandardCharsets.UTF_8), Files.readString(err, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"13, 9, 13000, 9.13.0", "12, 9, 12080, 9.13.0", "12, 8, 13000, 8.9.7"})
    void bindsToWhatIsThere(int cuda, int dnn, int driver, String dnnVersion) throws Exception {
        Result result = java(Map.of("STUB_DRIVER", Integer.toString(driver)), "driver cuda" + cuda + " cudnn" + dnn, BoundLibraries.class);
        assertEquals(0, result.status, result.out + result.err);
        assertEquals("driver 0 " + driver, result.line("driver "));
        assertEquals("nvrtc 0 " + cuda + ".3", result.line("nvrtc "));
        assertEquals("cublas 0 " + cuda + ", create 1", result.line("cublas "));
        assertEquals("cudnn " + (dnn == 8 ? 8907 : 91300), result.line("cudnn "));
        assertEquals("device Stub GPU", result.line("device "));
        assertEquals("CUDNN " + dnnVersion + " for CUDA 13 " + stubs.resolve("cudnn" + dnn + "/libcudnn.so." + dnn), result.line("CUDNN "));
        assertEquals("CUBLAS " + cuda + ".1.2 " + stubs.resolve("cuda" + cuda + "/libcublas.so." + cuda), result.line("CUBLAS "));
        assertEquals("NVRTC " + cuda + ".3 " + stubs.resolve("cuda" + cuda + "/libnvrtc.so." + cuda), result.line("NVRTC "));
        result.line("loaded " + stubs.resolve("cuda" + cuda + "/libcublasLt.so." + cuda));
        result.line("loaded " + stubs.resolve("cudnn" + dnn + "/libcudnn_" + (dnn == 8 ? "cnn_train" : "engines_precompiled") + ".so." + dnn));
        assertEquals(4, result.out.lines().filter(line -> line.matches("loaded .*/langevin-\\d+/libJ.*-12\\.6\\.0-linux-x86_64\\.so \\(deleted\\)")).count(), result.out);
        assertEquals("temporary true", result.line("temporary "));
        assertEquals("left []", result.line("left "));
    }

    /** Why functions are looked up before they are called: the loader ends a process that calls one that is not there. */
    @Test
    void aFunctionThatIsMissingWouldEndTheProcess() throws Exception {
        Result result = java(Map.of(), "driver cuda13 cudnn9", BoundLibraries.class, "unknown");
        assertEquals(127, result.status, result.out + result.err);
        assertTrue(result.err.contains("symbol lookup error") && !result.out.contains("still alive"), result.err);
    }

    private String refusal(Map<String, String> environment, String folders) throws Exception {
        Result result = java(environment, folders, BoundLibraries.class);
        assertEquals(0, result.status, result.out + result.err);
        assertEquals(1, result.out.lines().count(), result.out);
        return result.line("refused: ");
    }

    private static void holds(String message, String... pieces) {
        for (String piece : pieces) {
            assertTrue(message.contains(piece), message + " lacks " + piece);
        }
    }

    @Test
    void librariesThatLackSomething() throws Exception {
        StubLibraries.build(stubs.resolve("lacking"), NativeLibrary.CUBLAS, 13, "libcublas.so.13", "cublasGemmEx");
        holds(refusal(Map.of(), "driver lacking cuda13 cudnn9"), "cuBLAS cannot be used: " + stubs.resolve("lacking/libcublas.so.13") + " lacks cublasGemmEx;",
                "pip install nvidia-cublas");
        StubLibraries.build(stubs.resolve("other"), NativeLibrary.CUBLAS, 13, "libcublas.so.14", "");
        holds(refusal(Map.of(), "driver other cudnn9"), "defines its functions as libcublas.so.14, not as libcublas.so.13");
        Path broken = Files.createDirectories(stubs.resolve("broken"));
        Files.writeString(broken.resolve("libcublasLt.so.13"), "no library");
        Files.copy(stubs.resolve("cuda13/libcublas.so.13"), broken.resolve("libcublas.so.13"));
        holds(refusal(Map.of(), "driver broken cudnn9"), "cuBLAS cannot be used: " + broken.resolve("libcublasLt.so.13") + ": ", "file too short");
        holds(refusal(Map.of(), "driver cuda13 cuda12"), "cuDNN cannot be used: ", "pip install nvidia-cudnn-cu13");
    }

    /** Only a user's own kernels are compiled while running. */
    @Test
    void theCompilerCanBeMissing() throws Exception {
        Path without = Files.createDirectories(stubs.resolve("without"));
        for (String name : List.of("libcublas.so.13", "libcublasLt.so.13", "libnvrtc.so.13")) {
            Files.copy(stubs.resolve("cuda13").resolve(name), without.resolve(name));
        }
        Result result = java(Map.of(), "driver without cudnn9", BoundLibraries.class);
        assertEquals(0, result.status, result.out + result.err);
        holds(result.line("no nvrtc"), "NVRTC cannot be used: ", without + "/libnvrtc.so.13 lacks libnvrtc-builtins.so.13.* beside it");
        assertEquals("cublas 0 13, create 1", result.line("cublas "));
    }

    @Test
    void driversAndDevicesThatDoNotServe() throws Exception {
        String all = "driver cuda13 cudnn9";
        holds(refusal(Map.of("STUB_DRIVER", "11080"), all), "the driver cannot be used: it supports CUDA 11.8, and 12.0 is the least; install NVIDIA's driver 525 or newer");
        holds(refusal(Map.of("STUB_DRIVER", "12040"), all), "libcublas.so.13 is for CUDA 13, the driver for CUDA 12; pip install nvidia-cublas-cu12");
        holds(refusal(Map.of("STUB_GPUS", "0"), all), "it shows no GPU");
        holds(refusal(Map.of("STUB_MAJOR", "7"), all), "Stub GPU has compute capability 7.0, and 8.0 is the least");
        holds(refusal(Map.of("STUB_INIT", "100"), all), "cuInit failed: CUDA_ERROR_NO_DEVICE, no CUDA-capable device is detected; no GPU is visible; look at nvidia-smi");
    }

    /** NVRTC needs no GPU. What it is told, and what is made of what it says; a stub stands in for the compiler itself. */
    @Test
    void sourcesCompiledWhileRunning() throws Exception {
        Result result = java(Map.of(), "cuda13", BoundLibraries.class, "compile");
        assertEquals(0, result.status, result.out + result.err);
        assertEquals("compiled [scale] [.version 8.0, .loc\t1 2 3 // inlined_at 1 7 5]", result.line("compiled "));
        assertEquals("refused mine.cu cannot be compiled: mine.cu(3): error: identifier is undefined", result.line("refused "));
        assertEquals("including mine.cu cannot be compiled: mine.cu(3): error: identifier is undefined common.cuh " + headerBytes("common.cuh") + " philox.cuh "
                + headerBytes("philox.cuh"), result.line("including "));
        holds(java(Map.of(), "driver", BoundLibraries.class, "compile").line("compiled "), "NVRTC cannot be used: ", "LANGEVIN_CUDA_PATH");
    }

    private static long headerBytes(String name) throws IOException {
        try (InputStream in = KernelModule.class.getResourceAsStream(name)) {
            return in.readAllBytes().length;
        }
    }

    @Test
    void theTableOfDevices() throws Exception {
        Result json = java(Map.of(), "driver cuda13", Langevin.class, "devices", "--json");
        assertEquals(0, json.status, json.out + json.err);
        JsonNode figures = new ObjectMapper().readTree(json.out);
        JsonNode cuda = figures.get("devices").get(2);
        assertEquals("cuda", cuda.get("name").textValue());
        assertFalse(cuda.get("available").booleanValue());
        JsonNode gpu = cuda.get("gpus").get(0);
        assertEquals("Stub GPU", gpu.get("name").textValue());
        assertEquals(80L << 30, gpu.get("memory_bytes").longValue());
        assertEquals("9.0", gpu.get("compute_capability").textValue());
        assertEquals(List.of("driver", "NVRTC", "cuBLAS", "cuDNN"), cuda.get("libraries").findValuesAsText("name"));
        JsonNode cublas = cuda.get("libraries").get(2);
        assertEquals("13.1.2", cublas.get("version").textValue());
        assertEquals(stubs.resolve("cuda13/libcublas.so.13").toString(), cublas.get("path").textValue());
        JsonNode cudnn = cuda.get("libraries").get(3);
        assertTrue(cudnn.get("path").isNull() && cudnn.get("names").toString().contains("libcudnn_heuristic.so.9") && cudnn.get("folders").size() >= 2);
        holds(cudnn.get("hint").textValue(), "pip install nvidia-cudnn-cu13");

        String table = java(Map.of(), "driver cuda13 cudnn9", Langevin.class, "devices").out;
        assertTrue(table.lines().anyMatch(line -> line.matches("cuda +yes +Stub GPU, 80\\.0 GiB, compute capability 9\\.0, 132 multiprocessors")), table);
        assertTrue(table.lines().anyMatch(line -> line.matches(" *cuDNN +9\\.13\\.0 for CUDA 13 +" + stubs + "/cudnn9/libcudnn\\.so\\.9")), table);
        table = java(Map.of("STUB_INIT", "100"), "driver cuda13", Langevin.class, "devices").out;
        holds(table, "CUDA_ERROR_NO_DEVICE", "libcudnn.so.9", "libcudnn_ops_infer.so.8", stubs.resolve("cuda13").toString(), "pip install nvidia-cudnn-cu13");
    }

    /** Where a driver is, automatic choice says why it is not used; what was asked for and cannot be had is an error. */
    @Test
    void theCommandLine() throws Exception {
        Result chosen = java(Map.of("STUB_INIT", "100"), "driver cuda13 cudnn9", Langevin.class, "bench", "gemm", "--seconds", "0.01", "--json");
        assertEquals(0, chosen.status, chosen.out + chosen.err);
        assertEquals("cpu", new ObjectMapper().readTree(chosen.out).get("device").textValue());
        holds(chosen.err, "computing on the CPU: the driver cannot be used: cuInit failed: CUDA_ERROR_NO_DEVICE", "langevin devices");

        // Stubs let themselves be found and bound, and refuse the first call after that.
        Result refused = java(Map.of(), "driver cuda13 cudnn9", Langevin.class, "bench", "gemm", "--device", "cuda", "--precision", "BF16");
        assertEquals(2, refused.status, refused.out + refused.err);
        List<String> lines = refused.err.lines().filter(line -> !line.startsWith("WARNING: Using incubator modules")).toList();
        assertEquals(1, lines.size(), refused.err);
        holds(lines.getFirst(), "langevin: --device cuda: cuDevicePrimaryCtxRetain (Stub GPU): ");
    }
}
