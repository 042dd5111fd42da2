package dev.langevin.tests.kernels;

import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Small PTX programs for tests of the emulator, and buffers for their arguments. */
final class Ptx {
    private static final String HEAD = ".version 8.0\n.target sm_80\n.address_size 64\n";

    private Ptx() {
    }

    static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** A module from text without its head. */
    static KernelModule module(String text) {
        return new KernelModule("test", HEAD + text);
    }

    /** A module among the tests' resources. */
    static KernelModule resource(String name) {
        try (InputStream in = Ptx.class.getResourceAsStream("/ptx/" + name + ".ptx")) {
            return new KernelModule(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A kernel {@code k(u64 p0, u64 p1, ...)} with registers of all types and these instructions. */
    static Kernel kernel(int parameters, String body) {
        StringBuilder text = new StringBuilder(".visible .entry k(");
        for (int i = 0; i < parameters; i++) {
            text.append(i == 0 ? "" : ",").append("\n.param .u64 k_param_").append(i);
        }
        text.append(")\n{\n.reg .pred %p<9>;\n.reg .b16 %rs<9>;\n.reg .f32 %f<9>;\n.reg .b32 %r<20>;\n.reg .f64 %fd<9>;\n.reg .b64 %rd<20>;\n")
                .append(body).append("\nret;\n}\n");
        return module(text.toString()).kernels().get("k");
    }

    /** Arguments that are all numbers of 64 bits. */
    static ByteBuffer arguments(long... values) {
        ByteBuffer b = direct(8 * values.length);
        for (int i = 0; i < values.length; i++) {
            b.putLong(8 * i, values[i]);
        }
        return b;
    }

    static long upload(EmulatorRuntime cuda, int... words) {
        ByteBuffer b = direct(4 * words.length);
        b.asIntBuffer().put(words);
        long address = cuda.allocate(b.capacity());
        cuda.upload(address, b);
        return address;
    }

    static long upload(EmulatorRuntime cuda, long... words) {
        ByteBuffer b = direct(8 * words.length);
        b.asLongBuffer().put(words);
        long address = cuda.allocate(b.capacity());
        cuda.upload(address, b);
        return address;
    }

    static long upload(EmulatorRuntime cuda, float... words) {
        ByteBuffer b = direct(4 * words.length);
        b.asFloatBuffer().put(words);
        long address = cuda.allocate(b.capacity());
        cuda.upload(address, b);
        return address;
    }

    static int[] ints(EmulatorRuntime cuda, long address, int n) {
        ByteBuffer b = direct(4 * n);
        cuda.download(b, address);
        int[] out = new int[n];
        b.asIntBuffer().get(out);
        return out;
    }

    static long[] longs(EmulatorRuntime cuda, long address, int n) {
        ByteBuffer b = direct(8 * n);
        cuda.download(b, address);
        long[] out = new long[n];
        b.asLongBuffer().get(out);
        return out;
    }

    static float[] floats(EmulatorRuntime cuda, long address, int n) {
        ByteBuffer b = direct(4 * n);
        cuda.download(b, address);
        float[] out = new float[n];
        b.asFloatBuffer().get(out);
        return out;
    }

    /**
     * Runs one instruction, {@code {d}, {a}, {b}, {c}} standing for registers of the types, on rows of bits.
     *
     * @param types of d, a, b, c: {@code f32}, {@code s32}, {@code u16}, ...
     */
    static long[] run(EmulatorRuntime cuda, String instruction, String[] types, long[]... in) {
        int n = in[0].length;
        StringBuilder body = new StringBuilder("mov.u32 %r0, %tid.x;\nmov.u32 %r1, %ctaid.x;\nmov.u32 %r2, %ntid.x;\nmad.lo.s32 %r0, %r1, %r2, %r0;\n"
                + "setp.ge.s32 %p1, %r0, " + n + ";\n@%p1 ret;\nmul.wide.s32 %rd0, %r0, 8;\n");
        String text = instruction;
        long[] parameters = new long[types.length];
        for (int k = 1; k < types.length; k++) {
            body.append("ld.param.u64 %rd1, [k_param_").append(k).append("];\nadd.s64 %rd1, %rd1, %rd0;\n");
            body.append("ld.global.").append(storage(types[k])).append(" ").append(register(types[k], k)).append(", [%rd1];\n");
            text = text.replace("{" + (char) ('a' + k - 1) + "}", register(types[k], k));
            parameters[k] = upload(cuda, in[k - 1]);
        }
        parameters[0] = upload(cuda, new long[n]);
        body.append(text.replace("{d}", register(types[0], 0))).append(";\nld.param.u64 %rd1, [k_param_0];\nadd.s64 %rd1, %rd1, %rd0;\n");
        body.append("st.global.").append(storage(types[0])).append(" [%rd1], ").append(register(types[0], 0)).append(";\n");
        cuda.launch(kernel(types.length, body.toString()), Grid.of((n + 63) / 64, 64), arguments(parameters));
        return longs(cuda, parameters[0], n);
    }

    private static String storage(String type) {
        return type.equals("f32") || type.equals("f64") ? type : "u" + type.substring(1);
    }

    private static String register(String type, int k) {
        return switch (type) {
            case "f32" -> "%f" + (4 + k);
            case "f64" -> "%fd" + (4 + k);
            default -> type.endsWith("64") ? "%rd" + (10 + k) : type.endsWith("16") ? "%rs" + (4 + k) : "%r" + (10 + k);
        };
    }
}
