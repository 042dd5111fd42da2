package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;
import dev.langevin.kernels.emulator.Scope.Register;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The operands of one instruction as rows of the banks that it computes in. A register of another bank is copied to a
 * row of the wanted one before, or from it after.
 */
final class Operands {
    private final Statement s;
    private final Layout layout;
    private final List<Op> before = new ArrayList<>();
    private final List<Op> after = new ArrayList<>();
    private final Map<String, Integer> targets = new HashMap<>();

    Operands(Statement s, Layout layout) {
        this.s = s;
        this.layout = layout;
    }

    Layout layout() {
        return layout;
    }

    /** The instruction with the copies that it needs. */
    Op complete(Op op) {
        if (before.isEmpty() && after.isEmpty()) {
            return op;
        }
        Op[] all = new Op[before.size() + 1 + after.size()];
        int n = 0;
        for (Op b : before) {
            all[n++] = b;
        }
        all[n++] = op;
        for (Op a : after) {
            all[n++] = a;
        }
        return (w, mask) -> {
            for (Op each : all) {
                each.run(w, mask);
            }
        };
    }

    /** The register, or null where the operand is none. */
    Register register(String name) {
        return s.scope().find(name);
    }

    /** Bank of the register that operand i names, or {@code otherwise}. */
    Bank bank(int i, Bank otherwise) {
        Register r = register(s.operand(i));
        return r == null ? otherwise : r.bank();
    }

    int floatSource(int i) {
        return source(Bank.FLOAT, s.operand(i));
    }

    int intSource(int i) {
        return source(Bank.INT, s.operand(i));
    }

    /** 16 bits, with their sign or zeros before them. */
    int shortSource(int i, boolean signed) {
        Register r = register(s.operand(i));
        Long number = r == null ? number(s.operand(i)) : null;
        if (number != null) {
            return layout.constant(Bank.INT, signed ? (short) (long) number : number & 0xffff);
        }
        int row = intSource(i);
        if (!signed && r != null && r.narrow()) {
            return row;
        }
        int wide = layout.scope().extra(Bank.INT);
        before.add(Rows.of((int[] d, int[] a) -> {
            for (int k = 0; k < Rows.LANES; k++) {
                d[k] = signed ? (short) a[k] : a[k] & 0xffff;
            }
        }, wide, row));
        return wide;
    }

    int longSource(int i) {
        return source(Bank.LONG, s.operand(i));
    }

    int floatTarget(int i) {
        return target(Bank.FLOAT, s.operand(i));
    }

    int intTarget(int i) {
        return target(Bank.INT, s.operand(i));
    }

    int longTarget(int i) {
        return target(Bank.LONG, s.operand(i));
    }

    int longConstant(long value) {
        return layout.constant(Bank.LONG, value);
    }

    /** The number that operand i is. */
    int immediate(int i) {
        return (int) (long) number(s.operand(i));
    }

    /** A row of the bank with the operand's values. */
    int source(Bank bank, String name) {
        Register r = register(name);
        if (r == null) {
            Long number = number(name);
            if (number != null) {
                return layout.constant(bank, number);
            }
            int special = layout.special(name);
            if (special >= 0) {
                return bank == Bank.INT ? special : converted(new Register(Bank.INT, special, false), bank);
            }
            return layout.constant(bank, layout.address(s, name));
        }
        return r.bank() == bank ? r.row() : converted(r, bank);
    }

    private int converted(Register r, Bank bank) {
        int row = layout.scope().extra(bank);
        before.add(copy(bank, row, r.bank(), r.row()));
        return row;
    }

    /** The row of the bank where the operand's values go. */
    int target(Bank bank, String name) {
        return targets.computeIfAbsent(bank + name, k -> {
            if (name.equals("_")) {
                return layout.scope().extra(bank);
            }
            Register r = register(name);
            if (r == null) {
                throw s.error(name + " is no register");
            }
            if (r.bank() == bank) {
                return r.row();
            }
            int row = layout.scope().extra(bank);
            after.add(copy(r.bank(), r.row(), bank, row));
            return row;
        });
    }

    /** The bits of a row in a row of another bank. */
    private Op copy(Bank to, int d, Bank from, int a) {
        if (to == Bank.FLOAT && from == Bank.INT) {
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.f[d][i] = Float.intBitsToFloat(w.r[a][i]);
                }
            };
        } else if (to == Bank.INT && from == Bank.FLOAT) {
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = Float.floatToRawIntBits(w.f[a][i]);
                }
            };
        } else if (to == Bank.LONG && from == Bank.INT) {
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.d[d][i] = w.r[a][i] & 0xffffffffL;
                }
            };
        } else if (to == Bank.INT && from == Bank.LONG) {
            return (w, mask) -> {
                for (int m = mask; m != 0; m &= m - 1) {
                    int i = Integer.numberOfTrailingZeros(m);
                    w.r[d][i] = (int) w.d[a][i];
                }
            };
        }
        throw s.error("a register of bank " + from + " is used as " + to);
    }

    /** A predicate's row; predicates have no other form. A leading {@code !} is for the caller. */
    int predicate(String name) {
        Register r = register(name);
        if (r != null && r.bank() == Bank.PREDICATE) {
            return r.row();
        }
        if (name.equals("_")) {
            return layout.scope().extra(Bank.PREDICATE);
        }
        Long number = number(name);
        if (number != null) {
            return layout.constant(Bank.PREDICATE, number == 0 ? 0 : -1);
        }
        throw s.error(name + " is no predicate");
    }

    /** The bits of a number as it is written, or null. */
    static Long number(String text) {
        if (text.startsWith("0f") || text.startsWith("0F")) {
            return Long.parseLong(text.substring(2), 16);
        } else if (text.startsWith("0d") || text.startsWith("0D")) {
            return Long.parseUnsignedLong(text.substring(2), 16);
        } else if (text.isEmpty() || !Character.isDigit(text.charAt(0)) && text.charAt(0) != '-') {
            return null;
        }
        String digits = text.endsWith("U") ? text.substring(0, text.length() - 1) : text;
        if (digits.startsWith("0x") || digits.startsWith("0X")) {
            return Long.parseUnsignedLong(digits.substring(2), 16);
        }
        return digits.startsWith("-") ? Long.parseLong(digits) : Long.parseUnsignedLong(digits);
    }
}
