package dev.langevin.tests.kernels;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** NVIDIA's PTX compiler as a library, which needs neither driver nor GPU. It is that of CUDA 12.0: PTX ISA up to 8.0. */
final class PtxAssembler {
    /**
     * What was made of one kernel.
     *
     * @param stack bytes a thread
     * @param spills bytes stored and loaded
     * @param shared bytes of static shared memory
     */
    record Entry(String kernel, int registers, int stack, int spills, int shared) {
    }

    private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
    private static final Pattern FRAME = Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    private PtxAssembler() {
    }

    /** Assembles a module for one target. */
    static List<Entry> assemble(String ptx, String target) {
        byte[] source = (ptx + "\0").getBytes(StandardCharsets.UTF_8);
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        check(JNvPTXCompiler.nvPTXCompilerCreate(compiler, source.length, source), "create", compiler);
        String[] options = {"--gpu-name=" + target, "--verbose"};
        check(JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options), "compile", compiler);
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(compiler, size);
        byte[] log = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetInfoLog(compiler, log);
        JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
        return parse(new String(log, StandardCharsets.UTF_8));
    }

    private static List<Entry> parse(String log) {
        List<Entry> entries = new ArrayList<>();
        String kernel = null;
        int stack = 0;
        int spills = 0;
        for (String line : log.split("\n")) {
            Matcher m = ENTRY.matcher(line);
            if (m.find()) {
                kernel = m.group(1);
            }
            m = FRAME.matcher(line);
            if (m.find()) {
                stack = Integer.parseInt(m.group(1));
                spills = Integer.parseInt(m.group(2)) + Integer.parseInt(m.group(3));
            }
            m = USED.matcher(line);
            if (m.find()) {
                Matcher shared = SHARED.matcher(line);
                entries.add(new Entry(kernel, Integer.parseInt(m.group(1)), stack, spills,
                        shared.find() ? Integer.parseInt(shared.group(1)) : 0));
            }
        }
        return entries;
    }

    private static void check(int result, String what, nvPTXCompilerHandle compiler) {
        if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            long[] size = new long[1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
            byte[] log = new byte[(int) size[0] + 1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
            throw new AssertionError("PTX compiler, " + what + ": " + result + " " + new String(log, StandardCharsets.UTF_8));
        }
    }
}
