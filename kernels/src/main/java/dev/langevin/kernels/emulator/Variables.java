package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The variables of a module and of one kernel: {@code .shared}, {@code .local}, {@code .global}, {@code .const}. */
final class Variables {
    /**
     * One variable.
     *
     * @param space {@code shared}, {@code local}, {@code global}, {@code const}
     * @param address in its space; in global memory for {@code global} and {@code const}
     */
    record Variable(String name, String space, long address, long bytes) {
    }

    private static final Pattern DECLARATION = Pattern.compile(
            "((?:\\.extern|\\.visible|\\.weak|\\.common)\\s+)?\\.(shared|local|global|const)\\s+(?:\\.attribute\\([^)]*\\)\\s*)?(?:\\.align\\s+(\\d+)\\s+)?"
                    + "(?:\\.v([24])\\s+)?\\.([a-z]+)(\\d+)\\s+([\\w$%]+)((?:\\[\\d*\\])*)\\s*(?:=\\s*(.*))?", Pattern.DOTALL);

    private final Variables outer;
    private final Map<String, Variable> names = new HashMap<>();
    private final Set<String> dynamics = new HashSet<>();
    private long shared;
    private long local;

    /** Of a module ({@code outer} null) or of a kernel in it. */
    Variables(Variables outer, List<String> declarations, GlobalMemory memory) {
        this.outer = outer;
        this.shared = outer == null ? 0 : outer.shared;
        for (String text : declarations) {
            Matcher m = DECLARATION.matcher(text);
            if (!m.matches()) {
                throw new CudaException("PTX variable is not understood: " + text);
            }
            int element = Integer.parseInt(m.group(6)) / 8;
            long bytes = element * (m.group(4) == null ? 1 : Long.parseLong(m.group(4)));
            long align = m.group(3) == null ? bytes : Long.parseLong(m.group(3));
            for (String n : m.group(8).isEmpty() ? new String[0] : m.group(8).substring(1, m.group(8).length() - 1).split("\\]\\[")) {
                bytes *= n.isEmpty() ? 0 : Long.parseLong(n);
            }
            String name = m.group(7);
            String space = m.group(2);
            if (space.equals("shared") && bytes == 0) {
                dynamics.add(name);
                continue;
            }
            names.put(name, new Variable(name, space, place(space, name, bytes, align, element, m.group(9), memory), bytes));
        }
    }

    private long place(String space, String name, long bytes, long align, int element, String values, GlobalMemory memory) {
        switch (space) {
            case "shared" -> {
                shared = (shared + align - 1) / align * align;
                shared += bytes;
                return shared - bytes;
            }
            case "local" -> {
                local = (local + align - 1) / align * align;
                local += bytes;
                return local - bytes;
            }
            default -> {
                long address = memory.allocate(bytes, "variable " + name);
                memory.zero(address, bytes);
                if (values != null) {
                    memory.write(address, initial(values, bytes, element));
                }
                return address;
            }
        }
    }

    private static ByteBuffer initial(String values, long bytes, int element) {
        String[] items = PtxText.split(values.strip().replaceAll("[{}]", ""));
        ByteBuffer out = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < items.length; i++) {
            Long bits = Operands.number(items[i]);
            if (bits == null) {
                throw new CudaException("the value " + items[i] + " of a PTX variable is not emulated");
            }
            for (int b = 0; b < element; b++) {
                out.put((byte) (bits >>> 8 * b));
            }
        }
        return out.clear();
    }

    /** The variable, or null. */
    Variable find(String name) {
        Variable v = names.get(name);
        if (v != null) {
            return v;
        }
        if (dynamics.contains(name) || outer != null && outer.dynamics.contains(name)) {
            return new Variable(name, "shared", dynamicOffset(), 0);
        }
        return outer == null ? null : outer.find(name);
    }

    /** Bytes of shared memory that are known without the launch. */
    long sharedBytes() {
        return shared;
    }

    /** Where dynamic shared memory begins. */
    long dynamicOffset() {
        return (sharedBytes() + 15) / 16 * 16;
    }

    /** Bytes of local memory of a thread. */
    long localBytes() {
        return local;
    }
}
