package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;

/** Atomic operations. Blocks of a kernel that has some run one after another, so sums of floats have one order. */
final class AtomicOps {
    private AtomicOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        boolean returns = s.base().equals("atom");
        if (!returns && !s.base().equals("red")) {
            return null;
        }
        String type = s.type();
        int size = s.bits() / 8;
        if (size < 4 || s.has("v2") || s.has("v4")) {
            throw s.error("is not emulated");
        }
        String what = s.opcode()[s.opcode().length - 2];
        for (String word : s.opcode()) {
            if (word.matches("add|min|max|and|or|xor|exch|cas|inc|dec")) {
                what = word;
            }
        }
        String operation = what;
        int space = s.has("global") ? 0 : s.has("shared") ? 1 : 4;
        Bank bank = size == 8 ? Bank.LONG : Bank.INT;
        Address address = Address.of(s, o, returns ? 1 : 0).resolved(s, o);
        int at = returns ? 2 : 1;
        int d = returns ? o.target(bank, s.operand(0)) : -1;
        int b = o.source(bank, s.operand(at));
        int c = what.equals("cas") ? o.source(bank, s.operand(at + 1)) : b;
        return (w, mask) -> {
            long[] to = w.addresses;
            address.fill(w, to);
            w.request(space, to, mask, size);
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                Space place = w.space(space, to, i);
                if (place == w.global) {
                    w.block.ordered = true;
                }
                int word = place.locate(w, i, to[i], size);
                long old = place.readAtomic(w, i, word) & 0xffffffffL;
                if (size == 8) {
                    old |= (long) place.readAtomic(w, i, word + 1) << 32;
                    long y = w.d[b][i];
                    long next = operation.equals("cas") ? old == y ? w.d[c][i] : old : wide(type, operation, old, y);
                    place.exchange(w, i, word, (int) next);
                    place.exchange(w, i, word + 1, (int) (next >>> 32));
                    if (returns) {
                        w.d[d][i] = old;
                    }
                } else {
                    int x = (int) old;
                    int y = w.r[b][i];
                    place.exchange(w, i, word, operation.equals("cas") ? x == y ? w.r[c][i] : x : narrow(type, operation, x, y));
                    if (returns) {
                        w.r[d][i] = x;
                    }
                }
            }
        };
    }

    private static int narrow(String type, String operation, int x, int y) {
        if (type.equals("f32")) {
            float a = Float.intBitsToFloat(x);
            float b = Float.intBitsToFloat(y);
            return Float.floatToRawIntBits(switch (operation) {
                case "add" -> FloatOps.flush(FloatOps.flush(a) + FloatOps.flush(b));
                case "exch" -> b;
                default -> throw new IllegalStateException(operation);
            });
        }
        return apply(operation, type.startsWith("s"), x, y);
    }

    private static long wide(String type, String operation, long x, long y) {
        if (type.equals("f64") && operation.equals("add")) {
            return Double.doubleToRawLongBits(Double.longBitsToDouble(x) + Double.longBitsToDouble(y));
        }
        boolean signed = type.startsWith("s");
        return switch (operation) {
            case "add" -> x + y;
            case "min" -> (signed ? Long.compare(x, y) : Long.compareUnsigned(x, y)) < 0 ? x : y;
            case "max" -> (signed ? Long.compare(x, y) : Long.compareUnsigned(x, y)) > 0 ? x : y;
            case "and" -> x & y;
            case "or" -> x | y;
            case "xor" -> x ^ y;
            case "exch" -> y;
            default -> throw new IllegalStateException(operation);
        };
    }

    /** The new value of a word that holds x. */
    static int apply(String operation, boolean signed, int x, int y) {
        return switch (operation) {
            case "add" -> x + y;
            case "min" -> (signed ? Integer.compare(x, y) : Integer.compareUnsigned(x, y)) < 0 ? x : y;
            case "max" -> (signed ? Integer.compare(x, y) : Integer.compareUnsigned(x, y)) > 0 ? x : y;
            case "and" -> x & y;
            case "or" -> x | y;
            case "xor" -> x ^ y;
            case "exch" -> y;
            case "inc" -> Integer.compareUnsigned(x, y) >= 0 ? 0 : x + 1;
            case "dec" -> x == 0 || Integer.compareUnsigned(x, y) > 0 ? y : x - 1;
            default -> throw new IllegalStateException(operation);
        };
    }
}
