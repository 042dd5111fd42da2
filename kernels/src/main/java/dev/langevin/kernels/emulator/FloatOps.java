package dev.langevin.kernels.emulator;

import static dev.langevin.kernels.emulator.Rows.LANES;

import dev.langevin.kernels.emulator.Rows.F1;
import dev.langevin.kernels.emulator.Rows.F2;
import dev.langevin.kernels.emulator.Rows.F3;
import java.util.Map;

/**
 * Float32 arithmetic. Rounded operations and fma are exact to the bit; {@code .approx} functions are computed in double
 * and rounded, so they are better than a device's.
 */
final class FloatOps {
    private static final double LN2 = Math.log(2);

    private static final Map<String, F1> ONE = Map.ofEntries(
            Map.entry("neg", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = -a[i]; }),
            Map.entry("abs", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = Math.abs(a[i]); }),
            Map.entry("sqrt", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) Math.sqrt(a[i]); }),
            Map.entry("rcp", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = 1 / a[i]; }),
            Map.entry("rsqrt", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) (1 / Math.sqrt(a[i])); }),
            Map.entry("ex2", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) Math.exp(a[i] * LN2); }),
            Map.entry("lg2", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) (Math.log(a[i]) / LN2); }),
            Map.entry("sin", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) Math.sin(a[i]); }),
            Map.entry("cos", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) Math.cos(a[i]); }),
            Map.entry("tanh", (d, a) -> { for (int i = 0; i < LANES; i++) d[i] = (float) Math.tanh(a[i]); }));

    private static final Map<String, F2> TWO = Map.of(
            "add", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] + b[i]; },
            "sub", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] - b[i]; },
            "mul", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] * b[i]; },
            "div", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] / b[i]; },
            "min", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] != a[i] ? b[i] : b[i] != b[i] ? a[i] : Math.min(a[i], b[i]); },
            "max", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = a[i] != a[i] ? b[i] : b[i] != b[i] ? a[i] : Math.max(a[i], b[i]); },
            "min.NaN", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.min(a[i], b[i]); },
            "max.NaN", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.max(a[i], b[i]); },
            // PTX: the sign of the first operand, the magnitude of the second.
            "copysign", (d, a, b) -> { for (int i = 0; i < LANES; i++) d[i] = Math.copySign(b[i], a[i]); });

    private static final F3 FMA = (d, a, b, c) -> { for (int i = 0; i < LANES; i++) d[i] = Math.fma(a[i], b[i], c[i]); };

    private FloatOps() {
    }

    /** The instruction, or null when it is of another family. */
    static Op decode(Statement s, Operands o) {
        String base = s.base();
        boolean three = base.equals("fma") || base.equals("mad");
        String name = s.has("NaN") ? base + ".NaN" : base;
        if (!s.type().equals("f32") || !three && !ONE.containsKey(base) && !TWO.containsKey(name)) {
            return null;
        }
        boolean ftz = s.has("ftz");
        boolean sat = s.has("sat");
        if (s.has("xorsign")) {
            throw s.error(".xorsign is not emulated");
        }
        if (s.has("rz") || s.has("rm") || s.has("rp")) {
            return directed(s, o, s.has("rz") ? "rz" : s.has("rm") ? "rm" : "rp", ftz, sat);
        }
        if (three) {
            return Rows.of(flushed(FMA, ftz, sat), o.floatTarget(0), o.floatSource(1), o.floatSource(2), o.floatSource(3));
        }
        F2 two = TWO.get(name);
        if (two != null) {
            return Rows.of(flushed(two, ftz, sat), o.floatTarget(0), o.floatSource(1), o.floatSource(2));
        }
        return Rows.of(flushed(ONE.get(base), ftz, sat), o.floatTarget(0), o.floatSource(1));
    }

    private static Op directed(Statement s, Operands o, String mode, boolean ftz, boolean sat) {
        String base = s.base();
        int operands = s.operands().length;
        if (operands == 4) {
            return Rows.of(flushed((d, a, b, c) -> {
                for (int i = 0; i < LANES; i++) {
                    d[i] = Directed.fma(a[i], b[i], c[i], mode);
                }
            }, ftz, sat), o.floatTarget(0), o.floatSource(1), o.floatSource(2), o.floatSource(3));
        } else if (operands == 3) {
            return Rows.of(flushed((float[] d, float[] a, float[] b) -> {
                for (int i = 0; i < LANES; i++) {
                    d[i] = Directed.apply(base, a[i], b[i], mode);
                }
            }, ftz, sat), o.floatTarget(0), o.floatSource(1), o.floatSource(2));
        }
        return Rows.of(flushed((float[] d, float[] a) -> {
            for (int i = 0; i < LANES; i++) {
                d[i] = Directed.apply(base, a[i], mode);
            }
        }, ftz, sat), o.floatTarget(0), o.floatSource(1));
    }

    static float flush(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    static float[] flush(float[] a, boolean ftz) {
        if (!ftz) {
            return a;
        }
        float[] b = new float[LANES];
        for (int i = 0; i < LANES; i++) {
            b[i] = flush(a[i]);
        }
        return b;
    }

    private static void finish(float[] d, boolean ftz, boolean sat) {
        for (int i = 0; i < LANES; i++) {
            float x = ftz ? flush(d[i]) : d[i];
            // NaN saturates to 0.
            d[i] = !sat ? x : x >= 1 ? 1 : x > 0 ? x : 0;
        }
    }

    private static F1 flushed(F1 f, boolean ftz, boolean sat) {
        return !ftz && !sat ? f : (d, a) -> {
            f.apply(d, flush(a, ftz));
            finish(d, ftz, sat);
        };
    }

    private static F2 flushed(F2 f, boolean ftz, boolean sat) {
        return !ftz && !sat ? f : (d, a, b) -> {
            f.apply(d, flush(a, ftz), flush(b, ftz));
            finish(d, ftz, sat);
        };
    }

    private static F3 flushed(F3 f, boolean ftz, boolean sat) {
        return !ftz && !sat ? f : (d, a, b, c) -> {
            f.apply(d, flush(a, ftz), flush(b, ftz), flush(c, ftz));
            finish(d, ftz, sat);
        };
    }
}
