package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;
import dev.langevin.kernels.emulator.Scope.Register;
import java.util.Arrays;

/** {@code [register + offset]}, {@code [variable + offset]}. */
final class Address {
    private final String symbol;
    private final int row;
    private final Bank bank;
    private final long offset;

    private Address(String symbol, int row, Bank bank, long offset) {
        this.symbol = symbol;
        this.row = row;
        this.bank = bank;
        this.offset = offset;
    }

    static Address of(Statement s, Operands o, int i) {
        String text = s.operand(i);
        if (!text.startsWith("[") || !text.endsWith("]")) {
            throw s.error(text + " is no address");
        }
        String inside = text.substring(1, text.length() - 1).strip();
        int plus = inside.indexOf('+');
        String base = plus < 0 ? inside : inside.substring(0, plus).strip();
        long offset = plus < 0 ? 0 : Operands.number(inside.substring(plus + 1).strip());
        Register r = o.register(base);
        if (r != null) {
            return new Address(null, r.row(), r.bank(), offset);
        }
        Long number = Operands.number(base);
        return number != null ? new Address(null, -1, null, number + offset) : new Address(base, -1, null, offset);
    }

    /** With the variable's address in place of its name. */
    Address resolved(Statement s, Operands o) {
        return symbol == null ? this : new Address(null, -1, null, o.layout().address(s, symbol) + offset);
    }

    /** Whether it is the same for all lanes, known beforehand. */
    boolean fixed() {
        return row < 0;
    }

    long offset() {
        return offset;
    }

    /** Addresses of all lanes. */
    void fill(Warp w, long[] to) {
        if (bank == Bank.LONG) {
            long[] a = w.d[row];
            for (int i = 0; i < Rows.LANES; i++) {
                to[i] = a[i] + offset;
            }
        } else if (bank == Bank.INT) {
            int[] a = w.r[row];
            for (int i = 0; i < Rows.LANES; i++) {
                to[i] = (a[i] & 0xffffffffL) + offset;
            }
        } else {
            Arrays.fill(to, offset);
        }
    }
}
