package dev.langevin.kernels.emulator;

import dev.langevin.kernels.emulator.Scope.Bank;
import java.util.List;

/** Loads and stores. */
final class MemoryOps {
    private static final List<String> SPACES = List.of("global", "shared", "local", "const", "generic", "param");

    static final int GLOBAL = 0;
    static final int SHARED = 1;
    private static final int CONST = 3;
    private static final int PARAM = 5;

    /** What is moved between registers and memory: {@code count} elements of {@code size} bytes. */
    static final class Access {
        final int space;
        final int size;
        final int count;
        final boolean signed;
        /** Whether the registers have 16 bits. */
        final boolean narrow;
        final Bank[] banks;
        final int[] rows;
        final Address address;

        Access(Statement s, Operands o, boolean load) {
            String type = s.type();
            size = s.bits() / 8;
            count = s.has("v2") ? 2 : s.has("v4") ? 4 : 1;
            signed = type.startsWith("s");
            String found = "generic";
            for (String word : s.opcode()) {
                String plain = word.contains("::") ? word.substring(0, word.indexOf(':')) : word;
                found = SPACES.contains(plain) ? plain : found;
            }
            address = Address.of(s, o, load ? 1 : 0).resolved(s, o);
            space = SPACES.indexOf(found);
            String registers = s.operand(load ? 0 : 1);
            String[] names = registers.startsWith("{") ? PtxText.split(registers.substring(1, registers.length() - 1)) : new String[] {registers};
            if (names.length != count) {
                throw s.error("names " + names.length + " registers");
            }
            narrow = o.register(names[0]) != null && o.register(names[0]).narrow();
            banks = new Bank[count];
            rows = new int[count];
            for (int k = 0; k < count; k++) {
                var r = o.register(names[k]);
                banks[k] = size == 8 ? Bank.LONG : r == null ? Bank.INT : r.bank();
                rows[k] = load ? o.target(banks[k], names[k]) : o.source(banks[k], names[k]);
            }
        }

        /** The bytes of a word that an element takes. */
        int mask(long address) {
            return size >= 4 ? 15 : (1 << size) - 1 << (int) (address & 3);
        }
    }

    private MemoryOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        return switch (s.base()) {
            case "ld", "ldu" -> load(s, o);
            case "st" -> store(s, o);
            case "prefetch", "prefetchu", "membar", "fence" -> (w, mask) -> { };
            default -> null;
        };
    }

    private static Op load(Statement s, Operands o) {
        Access a = new Access(s, o, true);
        if (a.space == PARAM && a.address.fixed()) {
            int at = (int) a.address.offset();
            if (at < 0 || at + a.size * a.count > o.layout().parameterBytes) {
                throw s.error("reads past the parameters");
            }
            return (w, mask) -> {
                for (int k = 0; k < a.count; k++) {
                    long bits = w.block.parameter(at + k * a.size, a.size);
                    for (int m = mask; m != 0; m &= m - 1) {
                        put(w, a, k, Integer.numberOfTrailingZeros(m), bits);
                    }
                }
            };
        }
        if (WordOps.fits(a)) {
            return WordOps.load(a);
        }
        Op plain = eachLane(a);
        return !halves(a) ? plain : (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            int[] words = mask == -1 && (at[0] & 3) == 0 && at[0] != at[1] ? w.global.readable(w, at, 2) : null;
            if (words == null) {
                plain.run(w, mask);
                return;
            }
            w.request(a.space, at, mask, 2);
            int[] to = w.r[a.rows[0]];
            int first = w.global.word(at[0]);
            for (int i = 0; i < Rows.LANES; i++) {
                int v = words[first + (i >> 1)] >>> 16 * (i & 1);
                to[i] = a.signed && !a.narrow ? (short) v : v & 0xffff;
            }
        };
    }

    /** Whether an access moves one element of 2 bytes between a 32-bit register and global memory. */
    private static boolean halves(Access a) {
        return a.space == GLOBAL && a.size == 2 && a.count == 1 && a.banks[0] == Bank.INT;
    }

    private static Op eachLane(Access a) {
        return (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            w.request(a.space, at, mask, a.size * a.count);
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                Space space = w.space(a.space, at, i);
                int word = space.locate(w, i, at[i], a.size * a.count);
                for (int k = 0; k < a.count; k++) {
                    if (a.size == 4) {
                        int v = space.read(w, i, word + k, 15);
                        if (a.banks[k] == Bank.FLOAT) {
                            w.f[a.rows[k]][i] = Float.intBitsToFloat(v);
                            continue;
                        } else if (a.banks[k] == Bank.INT) {
                            w.r[a.rows[k]][i] = v;
                            continue;
                        }
                        put(w, a, k, i, v);
                    } else if (a.size == 8) {
                        w.d[a.rows[k]][i] = space.read(w, i, word + 2 * k, 15) & 0xffffffffL | (long) space.read(w, i, word + 2 * k + 1, 15) << 32;
                    } else {
                        long address = at[i] + k * a.size;
                        put(w, a, k, i, space.read(w, i, word + ((int) (at[i] & 3) + k * a.size >> 2), a.mask(address)) >>> 8 * (int) (address & 3));
                    }
                }
            }
        };
    }

    /** Puts an element's bits into a register, with its sign or zeros before it. */
    private static void put(Warp w, Access a, int k, int lane, long bits) {
        int unused = 64 - 8 * a.size;
        long v = a.signed ? bits << unused >> unused : bits << unused >>> unused;
        switch (a.banks[k]) {
            case FLOAT -> w.f[a.rows[k]][lane] = Float.intBitsToFloat((int) v);
            case LONG -> w.d[a.rows[k]][lane] = v;
            default -> w.r[a.rows[k]][lane] = a.narrow ? (int) v & 0xffff : (int) v;
        }
    }

    private static Op store(Statement s, Operands o) {
        Access a = new Access(s, o, false);
        if (a.space == CONST || a.space == PARAM) {
            throw s.error("writes to memory that is read only");
        }
        if (WordOps.fits(a)) {
            return WordOps.store(a);
        }
        Op plain = storeEachLane(a);
        return !halves(a) ? plain : (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            int[] words = mask == -1 && (at[0] & 3) == 0 ? w.global.writable(w, at, 2) : null;
            if (words == null) {
                plain.run(w, mask);
                return;
            }
            w.request(a.space, at, mask, 2);
            int[] from = w.r[a.rows[0]];
            int first = w.global.word(at[0]);
            for (int i = 0; i < Rows.LANES; i += 2) {
                words[first + (i >> 1)] = from[i] & 0xffff | from[i + 1] << 16;
            }
        };
    }

    private static Op storeEachLane(Access a) {
        return (w, mask) -> {
            long[] at = w.addresses;
            a.address.fill(w, at);
            w.request(a.space, at, mask, a.size * a.count);
            w.beginStore();
            for (int m = mask; m != 0; m &= m - 1) {
                int i = Integer.numberOfTrailingZeros(m);
                Space space = w.space(a.space, at, i);
                int word = space.locate(w, i, at[i], a.size * a.count);
                for (int k = 0; k < a.count; k++) {
                    long bits = switch (a.banks[k]) {
                        case FLOAT -> Float.floatToRawIntBits(w.f[a.rows[k]][i]);
                        case LONG -> w.d[a.rows[k]][i];
                        default -> w.r[a.rows[k]][i];
                    };
                    if (a.size == 4) {
                        space.write(w, i, word + k, (int) bits, 15);
                    } else if (a.size == 8) {
                        space.write(w, i, word + 2 * k, (int) bits, 15);
                        space.write(w, i, word + 2 * k + 1, (int) (bits >>> 32), 15);
                    } else {
                        long address = at[i] + k * a.size;
                        space.write(w, i, word + ((int) (at[i] & 3) + k * a.size >> 2), (int) bits << 8 * (int) (address & 3), a.mask(address));
                    }
                }
            }
        };
    }
}
