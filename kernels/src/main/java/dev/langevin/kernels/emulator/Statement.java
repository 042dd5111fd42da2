package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;

/**
 * One instruction of the text.
 *
 * @param guard name of the predicate that it runs under, or null
 * @param negated whether it runs where the predicate is false
 * @param opcode words between the dots: {@code ld}, {@code global}, {@code v4}, {@code f32}
 * @param operands as written
 * @param scope where names of registers are looked up
 * @param line of the PTX text
 * @param source place in the .cu file, from {@code .loc}
 */
record Statement(String guard, boolean negated, String[] opcode, String[] operands, Scope scope, int line, String source) {
    String base() {
        return opcode[0];
    }

    String type() {
        return opcode[opcode.length - 1];
    }

    /** Bits of the type: 32 for {@code f32}. */
    int bits() {
        String type = type();
        int n = 0;
        for (int i = 0; i < type.length(); i++) {
            char c = type.charAt(i);
            n = c >= '0' && c <= '9' ? 10 * n + c - '0' : 0;
        }
        return n;
    }

    /** Whether the type is a whole number or plain bits: {@code s}, {@code u}, {@code b}. */
    boolean whole() {
        char c = type().charAt(0);
        return (c == 's' || c == 'u' || c == 'b') && type().length() > 1 && Character.isDigit(type().charAt(1));
    }

    boolean has(String word) {
        for (int i = 1; i < opcode.length; i++) {
            if (opcode[i].equals(word)) {
                return true;
            }
        }
        return false;
    }

    String operand(int i) {
        if (i >= operands.length) {
            throw error("lacks operand " + i);
        }
        return operands[i];
    }

    CudaException error(String what) {
        return new CudaException("PTX line " + line + " (" + source + "): " + this + ": " + what);
    }

    @Override
    public String toString() {
        return (guard == null ? "" : "@" + (negated ? "!" : "") + guard + " ") + String.join(".", opcode) + " " + String.join(", ", operands);
    }
}
