package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.kernels.driver.NativeLibrary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Libraries with the names, files and functions of NVIDIA's that say who they are and refuse everything else; built by gcc.
 * The variables {@code STUB_...} of the process that loads them choose what the driver and its one GPU are.
 */
final class StubLibraries {
    private static final String DRIVER = """
            #include <stdlib.h>
            #include <string.h>
            static int chosen(const char *name, int usual) { const char *value = getenv(name); return value ? atoi(value) : usual; }
            int cuInit(unsigned flags) { return chosen("STUB_INIT", 0); }
            int cuDriverGetVersion(int *version) { *version = chosen("STUB_DRIVER", 13000); return 0; }
            int cuDeviceGetCount(int *count) { *count = chosen("STUB_GPUS", 1); return 0; }
            int cuDeviceGet(int *device, int index) { *device = 40 + index; return 0; }
            int cuDeviceGetName(char *name, int length, int device) { strcpy(name, device == 40 ? "Stub GPU" : "none"); return 0; }
            int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 80ul << 30; return 0; }
            int cuDeviceGetAttribute(int *value, int attribute, int device) {
              *value = attribute == 16 ? 132 : attribute == 75 ? chosen("STUB_MAJOR", 9) : 0;
              return 0;
            }
            int cuGetErrorName(int status, const char **name) { *name = status == 100 ? "CUDA_ERROR_NO_DEVICE" : 0; return *name ? 0 : 1; }
            int cuGetErrorString(int status, const char **text) { *text = status == 100 ? "no CUDA-capable device is detected" : 0; return *text ? 0 : 1; }
            """;
    /** Its compiler takes PTX, and gives it back unless the word {@code wrong} is in it. */
    private static final String NVRTC = """
            #include <stdio.h>
            #include <string.h>
            static char text[65536], log[65536];
            int nvrtcVersion(int *major, int *minor) { *major = MAJOR; *minor = 3; return 0; }
            int nvrtcCreateProgram(void **program, const char *source, const char *name, int headers, const char **contents, const char **names) {
              strcpy(text, source);
              sprintf(log, "%s(3): error: identifier is undefined", name);
              for (int i = 0; i < headers; i++) sprintf(log + strlen(log), " %s %zu", names[i], strlen(contents[i]));
              strcat(log, "\\nmine.cu(4): error: another");
              *program = text;
              return 0;
            }
            int nvrtcCompileProgram(void *program, int count, const char **options) {
              for (int i = 0; i < count; i++)
                if (!strstr("--gpu-architecture=compute_80 --std=c++17 --generate-line-info", options[i])) return 5;
              return strstr(text, "wrong") ? 6 : 0;
            }
            int nvrtcGetProgramLogSize(void *program, size_t *size) { *size = strlen(log) + 1; return 0; }
            int nvrtcGetProgramLog(void *program, char *to) { strcpy(to, log); return 0; }
            int nvrtcGetPTXSize(void *program, size_t *size) { *size = strlen(text) + 1; return 0; }
            int nvrtcGetPTX(void *program, char *to) { strcpy(to, text); return 0; }
            """;
    private static final String CUBLAS = """
            int cublasGetProperty(int part, int *value) { *value = part == 0 ? MAJOR : part; return 0; }
            """;
    private static final String CUDNN = """
            #include <stddef.h>
            size_t cudnnGetVersion(void) { return MAJOR == 8 ? 8907 : 91300; }
            size_t cudnnGetCudartVersion(void) { return 13000; }
            """;

    private StubLibraries() {
    }

    static boolean canBeBuilt() {
        try {
            return new ProcessBuilder("gcc", "--version").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A whole library as NVIDIA would have it. */
    static void build(Path folder, NativeLibrary library, int major) throws IOException, InterruptedException {
        build(folder, library, major, library.soname(major), "");
    }

    /**
     * @param version the version that its functions are of
     * @param without a function that is left out
     */
    static void build(Path folder, NativeLibrary library, int major, String version, String without) throws IOException, InterruptedException {
        String code = switch (library) {
            case DRIVER -> DRIVER;
            case NVRTC -> NVRTC;
            case CUBLAS -> CUBLAS;
            case CUDNN -> CUDNN;
        };
        StringBuilder source = new StringBuilder("#define MAJOR " + major + "\n" + code);
        for (String function : library.functions()) {
            if (!code.contains(" " + function + "(") && !function.equals(without)) {
                source.append("int ").append(function).append("(void) { return 1; }\n");
            }
        }
        List<String> companions = switch (library) {
            case DRIVER -> List.of();
            case NVRTC -> List.of("libnvrtc-builtins.so." + major + ".3");
            case CUBLAS -> List.of("libcublasLt.so." + major);
            case CUDNN -> library.names().stream().filter(name -> name.contains("_") && name.endsWith("." + major)).toList();
        };
        for (String companion : companions) {
            gcc(folder, companion, "int part(void) { return 0; }\n", null);
        }
        gcc(folder, library.soname(major), source.toString(), library == NativeLibrary.DRIVER ? null : version);
    }

    private static void gcc(Path folder, String name, String source, String version) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        List<String> command = new ArrayList<>(List.of("gcc", "-x", "c", "-shared", "-fPIC", "-Wl,-soname," + name, "-o", folder.resolve(name).toString()));
        if (version != null) {
            command.add("-Wl,--version-script=" + Files.writeString(folder.resolve(name + ".map"), version + " { global: *; };\n"));
        }
        command.add("-");
        Process gcc = new ProcessBuilder(command).redirectErrorStream(true).start();
        gcc.getOutputStream().write(source.getBytes(StandardCharsets.UTF_8));
        gcc.getOutputStream().close();
        String said = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, gcc.waitFor(), said);
    }
}
