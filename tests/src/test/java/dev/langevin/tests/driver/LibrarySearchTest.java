package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.kernels.driver.LibrarySearch;
import dev.langevin.kernels.driver.Machine;
import dev.langevin.kernels.driver.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where NVIDIA's libraries are found, in made-up file systems laid out as wheels, toolkits and distributions do it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "paths of Linux")
class LibrarySearchTest {
    private static final List<String> CUDNN_9 = List.of("libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_adv.so.9",
            "libcudnn_heuristic.so.9", "libcudnn_engines_precompiled.so.9", "libcudnn_engines_runtime_compiled.so.9", "libcudnn.so.9");
    private static final List<String> CUDNN_8 = List.of("libcudnn_ops_infer.so.8", "libcudnn_ops_train.so.8", "libcudnn_cnn_infer.so.8",
            "libcudnn_cnn_train.so.8", "libcudnn_adv_infer.so.8", "libcudnn_adv_train.so.8", "libcudnn.so.8");

    @TempDir
    Path folder;
    private Path root;
    private final Map<String, String> environment = new HashMap<>();
    private final Map<String, List<String>> printed = new HashMap<>();
    private final List<String> ran = new ArrayList<>();
    private final List<Path> links = new ArrayList<>();
    private String named;

    @BeforeEach
    void anEmptyMachine() {
        root = folder.resolve("root");
    }

    /** JUnit warns of links in a temporary folder. */
    @AfterEach
    void linksRemoved() throws IOException {
        for (Path link : links) {
            Files.delete(link);
        }
    }

    private Path at(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    private void files(String folder, String... names) {
        try {
            Files.createDirectories(at(folder));
            for (String name : names) {
                Files.createFile(at(folder).resolve(name));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that the system's loader knows, in its own format; ldconfig prints it. */
    private void cached(String names) {
        files("/etc");
        try {
            Files.writeString(at("/etc/ld.so.cache"), "glibc-ld.so.cache1.1" + names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void link(String link, String target) throws IOException {
        links.add(Files.createSymbolicLink(at(link), Path.of(target)));
    }

    /** As PyTorch for CUDA 13 brings them. */
    private void cuda13Wheels(String packages) {
        files(packages + "/nvidia/cu13/lib", "libcublas.so.13", "libcublasLt.so.13", "libnvrtc.so.13", "libnvrtc.alt.so.13",
                "libnvrtc-builtins.so.13.0", "libnvrtc-builtins.alt.so.13.0", "libcudart.so.13", "libnvJitLink.so.13");
        files(packages + "/nvidia/cudnn/lib", CUDNN_9.toArray(String[]::new));
    }

    /** As PyTorch for CUDA 12 brings them. */
    private void cuda12Wheels(String packages) {
        files(packages + "/nvidia/cublas/lib", "libcublas.so.12", "libcublasLt.so.12", "libnvblas.so.12");
        files(packages + "/nvidia/cuda_nvrtc/lib", "libnvrtc.so.12", "libnvrtc-builtins.so.12.6", "libnvrtc.alt.so.12", "libnvrtc-builtins.alt.so.12.6");
        files(packages + "/nvidia/cudnn/lib", CUDNN_9.toArray(String[]::new));
    }

    private LibrarySearch search() {
        Machine machine = new Machine(root, environment, named, command -> {
            ran.add(command[0]);
            return printed.getOrDefault(command[0], List.of());
        });
        return new LibrarySearch(machine);
    }

    private Map<NativeLibrary, LibrarySearch.Result> libraries(int cuda) {
        Map<NativeLibrary, LibrarySearch.Result> results = new HashMap<>();
        search().libraries(cuda).forEach(result -> results.put(result.library(), result));
        return results;
    }

    private void found(LibrarySearch.Result result, int major, String folder, List<String> files) {
        assertTrue(result.found(), result::toString);
        assertEquals(major, result.major());
        assertEquals(files.stream().map(at(folder)::resolve).toList(), result.files());
        assertTrue(result.folders().contains(at(folder)), result::toString);
    }

    private static void absent(LibrarySearch.Result result, String... pieces) {
        assertFalse(result.found(), result::toString);
        assertEquals(List.of(), result.files());
        for (String piece : pieces) {
            assertTrue(result.reason().contains(piece), result.reason() + " lacks " + piece);
        }
    }

    private void cuda13Found(String packages) {
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(13);
        found(results.get(NativeLibrary.NVRTC), 13, packages + "/nvidia/cu13/lib", List.of("libnvrtc-builtins.so.13.0", "libnvrtc.so.13"));
        found(results.get(NativeLibrary.CUBLAS), 13, packages + "/nvidia/cu13/lib", List.of("libcublasLt.so.13", "libcublas.so.13"));
        found(results.get(NativeLibrary.CUDNN), 9, packages + "/nvidia/cudnn/lib", CUDNN_9);
    }

    @Test
    void wheelsOfCuda13() {
        cuda13Wheels("/home/me/venv/lib/python3.12/site-packages");
        environment.put("VIRTUAL_ENV", at("/home/me/venv").toString());
        cuda13Found("/home/me/venv/lib/python3.12/site-packages");
        assertFalse(ran.contains("python3"), "all was found before");
    }

    @Test
    void wheelsOfCuda12() {
        cuda12Wheels("/opt/conda/lib/python3.11/site-packages");
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(13);
        String nvidia = "/opt/conda/lib/python3.11/site-packages/nvidia";
        found(results.get(NativeLibrary.NVRTC), 12, nvidia + "/cuda_nvrtc/lib", List.of("libnvrtc-builtins.so.12.6", "libnvrtc.so.12"));
        found(results.get(NativeLibrary.CUBLAS), 12, nvidia + "/cublas/lib", List.of("libcublasLt.so.12", "libcublas.so.12"));
        found(results.get(NativeLibrary.CUDNN), 9, nvidia + "/cudnn/lib", CUDNN_9);
    }

    /** Python knows of environments in places of their own, which are not looked at but through it. */
    @Test
    void whatPythonSays() {
        cuda13Wheels("/somewhere/site-packages");
        printed.put("python3", List.of(at("/somewhere/site-packages").toString(), "not/absolute"));
        cuda13Found("/somewhere/site-packages");
        assertEquals(1, ran.stream().filter("python3"::equals).count());
        assertFalse(ran.contains("python"));

        printed.remove("python3");
        printed.put("python", List.of(at("/somewhere/site-packages").toString()));
        cuda13Found("/somewhere/site-packages");
    }

    @Test
    void everyPlaceOfAnEnvironment() {
        for (String prefix : List.of("/opt/venv", "/opt/app/.venv", "/usr/local", "/usr", "/home/me/.local", "/conda")) {
            root = folder.resolve("root" + prefix.replace('/', '-'));
            environment.put("HOME", at("/home/me").toString());
            environment.put("CONDA_PREFIX", at("/conda").toString());
            cuda13Wheels(prefix + "/lib/python3.9/dist-packages");
            cuda13Found(prefix + "/lib/python3.9/dist-packages");
        }
        assertFalse(ran.contains("python3"));
    }

    @Test
    void condasOwnPackages() {
        files("/conda/conda-meta");
        files("/conda/lib", "libcublas.so.12", "libcublasLt.so.12");
        environment.put("CONDA_PREFIX", at("/conda").toString());
        found(libraries(13).get(NativeLibrary.CUBLAS), 12, "/conda/lib", List.of("libcublasLt.so.12", "libcublas.so.12"));
    }

    /** The names are links, as packages make them; two versions share the folder, and NVRTC's builtins must be of its own. */
    @Test
    void aToolkit() throws IOException {
        files("/usr/local/cuda-12.9/lib64", "libcublas.so.12", "libcublasLt.so.12");
        files("/usr/local/cuda-12.10/targets/x86_64-linux/lib", "libcublas.so.12.10.1", "libcublasLt.so.12.10.1", "libnvrtc.so.12.9.86",
                "libnvrtc-builtins.so.12.9.86", "libnvrtc-builtins.so.12.10");
        String lib = "/usr/local/cuda-12.10/targets/x86_64-linux/lib/";
        link(lib + "libcublas.so.12", "libcublas.so.12.10.1");
        link(lib + "libcublasLt.so.12", "libcublasLt.so.12.10.1");
        link(lib + "libnvrtc.so.12", "libnvrtc.so.12.9.86");
        link(lib + "libnvrtc-builtins.so.12.9", "libnvrtc-builtins.so.12.9.86");
        link("/usr/local/cuda-12.10/lib64", "targets/x86_64-linux/lib");
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(12);
        found(results.get(NativeLibrary.CUBLAS), 12, "/usr/local/cuda-12.10/lib64", List.of("libcublasLt.so.12", "libcublas.so.12"));
        found(results.get(NativeLibrary.NVRTC), 12, "/usr/local/cuda-12.10/lib64", List.of("libnvrtc-builtins.so.12.9", "libnvrtc.so.12"));
        assertEquals(1, results.get(NativeLibrary.CUBLAS).folders().stream().filter(f -> f.startsWith(at("/usr/local/cuda-12.10"))).count(),
                "links to one folder count once");

        link("/usr/local/cuda", "cuda-12.9");
        found(libraries(12).get(NativeLibrary.CUBLAS), 12, "/usr/local/cuda/lib64", List.of("libcublasLt.so.12", "libcublas.so.12"));
        environment.put("CUDA_HOME", at("/usr/local/cuda-12.10").toString());
        found(libraries(12).get(NativeLibrary.CUBLAS), 12, "/usr/local/cuda-12.10/lib64", List.of("libcublasLt.so.12", "libcublas.so.12"));
    }

    @Test
    void aDistributionsPackages() {
        files("/usr/lib/x86_64-linux-gnu", "libcublas.so.12", "libcublasLt.so.12");
        files("/elsewhere", CUDNN_8.toArray(String[]::new));
        files("/elsewhere32", CUDNN_9.toArray(String[]::new));
        cached("libcudnn.so.8 libcudnn.so.9");
        printed.put("/sbin/ldconfig", List.of("2 libs found in cache `/etc/ld.so.cache'",
                "\tlibcudnn.so.9 (libc6) => " + at("/elsewhere32/libcudnn.so.9"),
                "\tlibcudnn.so.8 (libc6,x86-64) => " + at("/elsewhere/libcudnn.so.8")));
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(12);
        found(results.get(NativeLibrary.CUBLAS), 12, "/usr/lib/x86_64-linux-gnu", List.of("libcublasLt.so.12", "libcublas.so.12"));
        found(results.get(NativeLibrary.CUDNN), 8, "/elsewhere", CUDNN_8);
    }

    @Test
    void theNewestThatTheDriverCanRun() {
        cuda12Wheels("/usr/lib/python3/dist-packages");
        cuda13Wheels("/opt/a/lib/python3.12/site-packages");
        assertEquals(13, libraries(13).get(NativeLibrary.CUBLAS).major());
        assertEquals(13, libraries(13).get(NativeLibrary.NVRTC).major());
        assertEquals(12, libraries(12).get(NativeLibrary.CUBLAS).major());
        assertEquals(12, libraries(12).get(NativeLibrary.NVRTC).major());
        assertEquals(9, libraries(12).get(NativeLibrary.CUDNN).major());
    }

    @Test
    void librariesThatTheDriverIsTooOldFor() {
        cuda13Wheels("/opt/a/lib/python3.12/site-packages");
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(12);
        absent(results.get(NativeLibrary.CUBLAS), "nvidia/cu13/lib/libcublas.so.13 is for CUDA 13, the driver for CUDA 12");
        absent(results.get(NativeLibrary.NVRTC), "libnvrtc.so.13 is for CUDA 13");
        assertTrue(results.get(NativeLibrary.CUDNN).found());
    }

    /** A folder may be named as it is, or by the toolkit or environment that it belongs to. */
    @Test
    void whatTheUserNamesComesFirst() {
        cuda13Wheels("/opt/a/lib/python3.12/site-packages");
        cuda12Wheels("/mine/lib/python3.10/site-packages");
        String cublas = "/mine/lib/python3.10/site-packages/nvidia/cublas/lib";
        for (String path : List.of("/mine", "/mine/lib/python3.10/site-packages", cublas)) {
            environment.clear();
            named = null;
            environment.put("LANGEVIN_CUDA_PATH", at(path).toString());
            found(libraries(13).get(NativeLibrary.CUBLAS), 12, cublas, List.of("libcublasLt.so.12", "libcublas.so.12"));
            environment.clear();
            named = at("/nothing") + ":" + at(path);
            found(libraries(13).get(NativeLibrary.CUBLAS), 12, cublas, List.of("libcublasLt.so.12", "libcublas.so.12"));
        }
        named = null;
        environment.put("LD_LIBRARY_PATH", ":relative:" + at(cublas));
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(13);
        found(results.get(NativeLibrary.CUBLAS), 12, cublas, List.of("libcublasLt.so.12", "libcublas.so.12"));
        assertEquals(13, results.get(NativeLibrary.NVRTC).major(), "named for one library only");
    }

    @Test
    void anIncompleteLibraryIsPassedOver() throws IOException {
        cuda13Wheels("/opt/a/lib/python3.12/site-packages");
        cuda12Wheels("/opt/b/lib/python3.12/site-packages");
        String lib = "/opt/a/lib/python3.12/site-packages/nvidia/cu13/lib/";
        Files.delete(at(lib + "libcublasLt.so.13"));
        Files.delete(at(lib + "libnvrtc-builtins.so.13.0"));
        Files.delete(at("/opt/a/lib/python3.12/site-packages/nvidia/cudnn/lib/libcudnn_heuristic.so.9"));
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(13);
        String nvidia = "/opt/b/lib/python3.12/site-packages/nvidia";
        found(results.get(NativeLibrary.CUBLAS), 12, nvidia + "/cublas/lib", List.of("libcublasLt.so.12", "libcublas.so.12"));
        found(results.get(NativeLibrary.NVRTC), 12, nvidia + "/cuda_nvrtc/lib", List.of("libnvrtc-builtins.so.12.6", "libnvrtc.so.12"));
        found(results.get(NativeLibrary.CUDNN), 9, nvidia + "/cudnn/lib", CUDNN_9);

        Files.delete(at(nvidia + "/cublas/lib/libcublasLt.so.12"));
        Files.delete(at(nvidia + "/cuda_nvrtc/lib/libnvrtc-builtins.so.12.6"));
        Files.delete(at(nvidia + "/cudnn/lib/libcudnn_ops.so.9"));
        results = libraries(13);
        absent(results.get(NativeLibrary.CUBLAS), lib.substring(1) + "libcublas.so.13 lacks libcublasLt.so.13 beside it", "libcublas.so.12 lacks libcublasLt.so.12");
        absent(results.get(NativeLibrary.NVRTC), "libnvrtc.so.13 lacks libnvrtc-builtins.so.13.* beside it");
        absent(results.get(NativeLibrary.CUDNN), "libcudnn.so.9 lacks libcudnn_heuristic.so.9", "libcudnn.so.9 lacks libcudnn_ops.so.9");
        assertTrue(ran.contains("python3"));
    }

    /** Parts of one library from two folders may be of two versions. */
    @Test
    void aLibraryIsNotPutTogetherFromTwoFolders() {
        files("/usr/local/cuda/lib64", "libcublas.so.13");
        files("/usr/lib/x86_64-linux-gnu", "libcublasLt.so.13");
        absent(libraries(13).get(NativeLibrary.CUBLAS), "/usr/local/cuda/lib64/libcublas.so.13 lacks libcublasLt.so.13 beside it");
    }

    @Test
    void nothingAnywhere() {
        environment.put("LANGEVIN_CUDA_PATH", at("/nowhere").toString());
        files("/usr/lib64");
        files("/usr/local/cuda/lib64", "libcublas.so.11", "libcublas.alt.so.13");
        Map<NativeLibrary, LibrarySearch.Result> results = libraries(13);
        absent(results.get(NativeLibrary.CUBLAS), "LANGEVIN_CUDA_PATH names " + at("/nowhere") + ", which is no folder",
                "no libcublas.so.13 or libcublas.so.12 in the 2 folders that were looked at");
        assertEquals(List.of(at("/usr/local/cuda/lib64"), at("/usr/lib64")), results.get(NativeLibrary.CUDNN).folders());
        ran.clear();
        absent(search().driver(), "no libcuda.so.1 in the 1 folders");
        assertEquals(List.of(), ran, "a machine without a driver starts no program");
    }

    @Test
    void theDriver() throws IOException {
        files("/usr/lib64", "libcuda.so.580.65.06", "libcuda.so");
        files("/usr/local/cuda/lib64/stubs", "libcuda.so.1");
        assertFalse(search().driver().found());
        link("/usr/lib64/libcuda.so.1", "libcuda.so.580.65.06");
        found(search().driver(), 1, "/usr/lib64", List.of("libcuda.so.1"));
        files("/cached", "libcuda.so.1");
        cached("\0libcuda.so.1\0");
        printed.put("ldconfig", List.of("\tlibcuda.so.1 (libc6,x86-64) => " + at("/cached/libcuda.so.1")));
        found(search().driver(), 1, "/cached", List.of("libcuda.so.1"));
        files("/loaded", "libcuda.so.1");
        environment.put("LD_LIBRARY_PATH", at("/loaded").toString());
        found(search().driver(), 1, "/loaded", List.of("libcuda.so.1"));
        assertFalse(ran.contains("python3"));
    }

    /** A program that is missing or fails says nothing; the search goes on without it. */
    @Test
    void programs() {
        Machine.Commands commands = Machine.here().commands();
        assertEquals(List.of(), commands.lines("langevin-no-such-program"));
        assertEquals(List.of(), commands.lines("sh", "-c", "echo half; exit 3"));
        assertEquals(List.of("a", "b"), commands.lines("sh", "-c", "echo a; echo noise >&2; echo b"));
        assertEquals(List.of("no input"), commands.lines("sh", "-c", "cat; echo no input"));
    }
}
