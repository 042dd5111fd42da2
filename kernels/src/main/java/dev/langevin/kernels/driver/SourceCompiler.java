package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.KernelModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvrtc.JNvrtc;
import jcuda.nvrtc.nvrtcProgram;
import jcuda.nvrtc.nvrtcResult;

/**
 * Compiles a user's own CUDA sources while the program runs, for what Langevin's own kernels are for: compute capability
 * 8.0, drivers from CUDA 12.0 on. Needs NVRTC, but neither a driver nor a toolkit's headers.
 */
public final class SourceCompiler {
    private static final String[] OPTIONS = {"--gpu-architecture=compute_80", "--std=c++17", "--generate-line-info"};
    private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#\\s*include\\s*\"([\\w.]+)\"");
    private static final Pattern VERSION = Pattern.compile("(?m)^\\.version .*$");
    /** Where a line was inlined; newer than the version that is written above it. */
    private static final Pattern INLINED = Pattern.compile("(?m)^(\\t\\.loc[^,\\n]*), function_name .*, inlined_at (.*)$");
    private static final Pattern DEBUG_SECTIONS = Pattern.compile("(?s)\\n\\t\\.section.*");

    private SourceCompiler() {
    }

    /**
     * Compiles a source.
     *
     * @param name of the module, and of the source in messages
     * @param source CUDA C++ that includes no more than the headers of Langevin's own kernels, {@code "common.cuh"} say; a kernel is an
     *     {@code extern "C" __global__ void} function
     * @throws CudaException when NVRTC cannot be used or the source cannot be compiled; the message holds the first error and its line
     */
    public static KernelModule compile(String name, String source) {
        NativeLibraries.loadCompiler();
        nvrtcProgram program = new nvrtcProgram();
        Map<String, String> headers = new TreeMap<>();
        include(source, headers);
        check(JNvrtc.nvrtcCreateProgram(program, source, name + ".cu", headers.size(), headers.values().toArray(String[]::new),
                headers.keySet().toArray(String[]::new)), "nvrtcCreateProgram", name);
        try {
            int status = JNvrtc.nvrtcCompileProgram(program, OPTIONS.length, OPTIONS.clone());
            if (status == nvrtcResult.NVRTC_ERROR_COMPILATION) {
                throw new CudaException(firstError(name, program));
            }
            check(status, "nvrtcCompileProgram", name);
            String[] ptx = new String[1];
            check(JNvrtc.nvrtcGetPTX(program, ptx), "nvrtcGetPTX", name);
            return new KernelModule(name, portable(ptx[0]));
        } finally {
            JNvrtc.nvrtcDestroyProgram(program);
        }
    }

    /** Adds the headers that a text includes, and those that they include. One that is not ours is left to the compiler to miss. */
    private static void include(String text, Map<String, String> headers) {
        Matcher include = INCLUDE.matcher(text);
        while (include.find()) {
            String name = include.group(1);
            try (InputStream in = headers.containsKey(name) ? null : KernelModule.class.getResourceAsStream(name)) {
                if (in != null) {
                    headers.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
                    include(headers.get(name), headers);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static String firstError(String name, nvrtcProgram program) {
        String[] log = {""};
        check(JNvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog", name);
        List<String> errors = log[0].lines().filter(line -> line.contains("error")).toList();
        return name + ".cu cannot be compiled: " + (errors.isEmpty() ? log[0].strip() : errors.getFirst().strip());
    }

    /** As {@code kernels/build.sh} does with the compiler's output, so that older drivers and the emulator take it. */
    private static String portable(String ptx) {
        String text = VERSION.matcher(ptx.replace("\0", "")).replaceFirst(".version 8.0");
        return DEBUG_SECTIONS.matcher(INLINED.matcher(text).replaceAll("$1 // inlined_at $2")).replaceFirst("\n");
    }

    private static void check(int status, String call, String name) {
        if (status != nvrtcResult.NVRTC_SUCCESS) {
            throw new CudaException(call + " failed for " + name + ".cu: " + nvrtcResult.stringFor(status));
        }
    }
}
