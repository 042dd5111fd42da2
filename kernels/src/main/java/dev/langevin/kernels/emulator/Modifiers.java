package dev.langevin.kernels.emulator;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The words that may follow each opcode: one that is not known here must not be passed over in silence. */
final class Modifiers {
    private static final Set<String> TYPES = Set.of("b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f16", "f32", "f64",
            "bf16", "bf16x2", "pred");
    private static final Set<String> COMPARISONS = Set.of("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu",
            "num", "nan", "and", "or", "xor", "ftz");
    private static final Set<String> ROUNDED = Set.of("rn", "rz", "rm", "rp", "ftz", "sat", "approx", "full", "cc", "NaN", "xorsign", "lo", "hi", "wide");
    private static final Set<String> MEMORY = Set.of("global", "shared", "local", "param", "const", "nc", "v2", "v4", "volatile", "relaxed", "acquire", "release",
            "weak", "cta", "gpu", "sys", "ca", "cg", "cs", "cv", "wb", "wt", "lu", "L1::no_allocate", "L1::evict_first", "L1::evict_last", "L1::evict_normal",
            "L1::evict_unchanged", "L2::64B", "L2::128B", "L2::256B");
    private static final Set<String> ATOMIC = Set.of("global", "shared", "relaxed", "acquire", "release", "acq_rel", "cta", "gpu", "sys", "add", "min", "max", "and",
            "or", "xor", "exch", "cas", "inc", "dec");
    private static final Map<String, Set<String>> ALLOWED = new HashMap<>();

    static {
        allow(COMPARISONS, "setp", "set");
        allow(ROUNDED, "add", "sub", "mul", "mad", "fma", "div", "rcp", "sqrt", "rsqrt", "ex2", "lg2", "sin", "cos", "tanh", "min", "max", "neg", "abs", "copysign");
        allow(Set.of("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "ftz", "sat"), "cvt");
        allow(MEMORY, "ld", "ldu", "st");
        allow(ATOMIC, "atom", "red");
        allow(Set.of("sync", "idx", "up", "down", "bfly"), "shfl");
        allow(Set.of("sync", "all", "any", "uni", "ballot"), "vote");
        allow(Set.of("sync", "all", "any"), "match");
        allow(Set.of("sync", "add", "min", "max", "and", "or", "xor"), "redux");
        allow(Set.of("sync", "aligned", "arrive", "red", "popc", "and", "or", "warp"), "bar", "barrier");
        allow(Set.of("l", "r", "wrap", "clamp"), "shf");
        allow(Set.of("to", "global", "shared", "local", "const", "param"), "cvta", "isspacep");
        allow(Set.of("uni"), "bra", "ret");
        allow(Set.of("idx", "uni"), "brx");
        allow(Set.of("shiftamt"), "bfind");
        allow(Set.of("cta", "gl", "sys", "gpu", "sc", "acq_rel"), "membar", "fence");
        allow(Set.of("global", "local", "L1", "L2"), "prefetch", "prefetchu");
        allow(Set.of(), "and", "or", "xor", "not", "cnot", "shl", "shr", "popc", "clz", "brev", "bfe", "bfi", "prmt", "lop3", "rem", "sad", "selp", "mov",
                "activemask", "exit", "trap");
    }

    private Modifiers() {
    }

    private static void allow(Set<String> words, String... opcodes) {
        for (String opcode : opcodes) {
            ALLOWED.put(opcode, words);
        }
    }

    /** Refuses an opcode, or a word after it, that is not known. */
    static void check(Statement s) {
        Set<String> allowed = ALLOWED.get(s.base());
        if (allowed == null) {
            throw s.error("the emulator does not know this instruction");
        }
        for (int i = 1; i < s.opcode().length; i++) {
            String word = s.opcode()[i];
            if (!TYPES.contains(word) && !allowed.contains(word)) {
                throw s.error("the emulator does not know ." + word);
            }
        }
    }
}
