package dev.langevin.kernels.emulator;

import java.util.HashMap;
import java.util.Map;

/** Names of registers between braces, and those of the braces around. */
final class Scope {
    /** How a register is kept: 32 bits as int or float, 64 bits, or one bit a lane. */
    enum Bank { INT, FLOAT, LONG, PREDICATE }

    /** A register; {@code narrow} where it has 16 bits. */
    record Register(Bank bank, int row, boolean narrow) {
    }

    private final Scope outer;
    private final int[] counts;
    private final Map<String, Register> names = new HashMap<>();

    Scope(Scope outer) {
        this.outer = outer;
        this.counts = outer == null ? new int[Bank.values().length] : outer.counts;
    }

    /** From the text after {@code .reg}: a type and names, {@code %f<4>} for four of them. */
    void declare(String type, String list) {
        Bank bank = bank(type);
        for (String item : list.split(",")) {
            String name = item.strip();
            int open = name.indexOf('<');
            if (open < 0) {
                add(bank, type, name);
            } else {
                int n = Integer.parseInt(name.substring(open + 1, name.indexOf('>')));
                for (int i = 0; i < n; i++) {
                    add(bank, type, name.substring(0, open) + i);
                }
            }
        }
    }

    private void add(Bank bank, String type, String name) {
        names.put(name, new Register(bank, counts[bank.ordinal()]++, type.endsWith("16")));
    }

    private static Bank bank(String type) {
        return switch (type) {
            case ".pred" -> Bank.PREDICATE;
            case ".f32" -> Bank.FLOAT;
            case ".b64", ".u64", ".s64", ".f64" -> Bank.LONG;
            default -> Bank.INT;
        };
    }

    /** The register of that name, or null. */
    Register find(String name) {
        for (Scope s = this; s != null; s = s.outer) {
            Register r = s.names.get(name);
            if (r != null) {
                return r;
            }
        }
        return null;
    }

    Scope outer() {
        return outer;
    }

    /** Registers in a bank so far. */
    int count(Bank bank) {
        return counts[bank.ordinal()];
    }

    /** A further row of a bank. */
    int extra(Bank bank) {
        return counts[bank.ordinal()]++;
    }
}
