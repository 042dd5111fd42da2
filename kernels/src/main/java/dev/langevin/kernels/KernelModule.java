package dev.langevin.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One PTX text and the kernels that it declares. Compared by identity: a runtime loads each module once. */
public final class KernelModule {
    private static final Pattern ENTRY = Pattern.compile("\\.visible\\s+\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)([^{]*)\\{");
    private static final Pattern PARAMETER = Pattern.compile(
            "\\.param\\s+(?:\\.align\\s+(\\d+)\\s+)?(\\.\\w+)(?:\\s+\\.ptr[\\s.\\w]*)?\\s+(\\w+)(?:\\[(\\d+)\\])?");
    private static final Pattern THREADS = Pattern.compile("\\.maxntid\\s+(\\d+)(?:\\s*,\\s*(\\d+))?(?:\\s*,\\s*(\\d+))?");

    private final String name;
    private final String ptx;
    private final Map<String, Kernel> kernels = new LinkedHashMap<>();

    /** @param name for messages: the source's name without its ending */
    public KernelModule(String name, String ptx) {
        this.name = name;
        this.ptx = ptx;
        Matcher entry = ENTRY.matcher(ptx);
        while (entry.find()) {
            Matcher threads = THREADS.matcher(entry.group(3));
            int most = 0;
            if (threads.find()) {
                most = Integer.parseInt(threads.group(1))
                        * (threads.group(2) == null ? 1 : Integer.parseInt(threads.group(2)))
                        * (threads.group(3) == null ? 1 : Integer.parseInt(threads.group(3)));
            }
            kernels.put(entry.group(1), new Kernel(entry.group(1), this, parameters(entry.group(2)), most));
        }
        if (kernels.isEmpty()) {
            throw new CudaException("PTX module " + name + " declares no kernel; write extern \"C\" __global__ before its function");
        }
    }

    private static List<Kernel.Parameter> parameters(String list) {
        List<Kernel.Parameter> parameters = new ArrayList<>();
        int offset = 0;
        Matcher m = PARAMETER.matcher(list);
        while (m.find()) {
            int element = Integer.parseInt(m.group(2).replaceAll("\\D", "")) / 8;
            int bytes = m.group(4) == null ? element : element * Integer.parseInt(m.group(4));
            int align = m.group(1) == null ? element : Integer.parseInt(m.group(1));
            offset = (offset + align - 1) / align * align;
            parameters.add(new Kernel.Parameter(m.group(2), offset, bytes));
            offset += bytes;
        }
        return parameters;
    }

    public String name() {
        return name;
    }

    /** The whole text. */
    public String ptx() {
        return ptx;
    }

    /** The kernels by name, in the order of the text. */
    public Map<String, Kernel> kernels() {
        return kernels;
    }

    @Override
    public String toString() {
        return name;
    }
}
