package dev.langevin.kernels.emulator;

import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows of a kernel: its registers, constants, special registers; and where its variables lie. */
final class Layout {
    /** Special registers that are kept as rows. */
    static final List<String> SPECIALS = List.of("%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z",
            "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid", "%warpid", "%nwarpid",
            "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge", "%smid", "%nsmid");

    private final Scope scope;
    private final Variables variables;
    private final Map<Bank, Map<Long, Integer>> constants = new EnumMap<>(Bank.class);
    private final Map<String, Integer> specials = new HashMap<>();
    final Map<String, Integer> parameters = new HashMap<>();
    final int parameterBytes;

    Layout(PtxText.Entry entry, Kernel kernel, Variables variables) {
        this.scope = entry.scope;
        this.variables = variables;
        List<Kernel.Parameter> list = kernel.parameters();
        for (int i = 0; i < list.size(); i++) {
            parameters.put(kernel.name() + "_param_" + i, list.get(i).offset());
        }
        parameterBytes = kernel.parameterBytes();
    }

    Scope scope() {
        return scope;
    }

    Variables variables() {
        return variables;
    }

    /** The row of a bank that holds a constant in every lane. */
    int constant(Bank bank, long bits) {
        return constants.computeIfAbsent(bank, b -> new HashMap<>()).computeIfAbsent(bits, b -> scope.extra(bank));
    }

    /** The int row of a special register, or -1. */
    int special(String name) {
        if (!SPECIALS.contains(name)) {
            return -1;
        }
        return specials.computeIfAbsent(name, n -> scope.extra(Bank.INT));
    }

    Map<String, Integer> specials() {
        return specials;
    }

    /** The address that a name stands for. */
    long address(Statement s, String name) {
        Integer parameter = parameters.get(name);
        if (parameter != null) {
            return parameter;
        }
        Variables.Variable v = variables.find(name);
        if (v != null) {
            return v.address();
        }
        throw s.error("what " + name + " is, is not known");
    }

    Map<Long, Integer> constants(Bank bank) {
        return constants.getOrDefault(bank, Map.of());
    }
}
