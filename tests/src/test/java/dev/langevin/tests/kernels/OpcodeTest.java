package dev.langevin.tests.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Arithmetic, logic and conversions of PTX, each instruction against plain Java, on awkward numbers and random ones. */
class OpcodeTest {
    private static final int[] WORDS = {0, 1, 2, 3, 31, 32, 33, 63, 255, 256, 0x7f, 0x80, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, -1, -2, -31, -33, 0x12345678, 0xdeadbeef};
    private static final float[] FLOATS = {0f, -0f, 1f, -1f, 0.5f, 1.5f, 2.5f, -2.5f, 3.7f, -3.7f, 1e-40f, -1e-40f, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, 1e10f, -1e10f, 2147483648f, 4294967296f, 1e20f, 0x1.fffffep0f, 16777217f, 65504f, 0.1f, 1e-8f, 100.25f};

    interface Int3 {
        int apply(int a, int b, int c);
    }

    interface Long3 {
        long apply(long a, long b, long c);
    }

    interface Float3 {
        float apply(float a, float b, float c);
    }

    private final EmulatorRuntime cuda = new EmulatorRuntime();
    private final Random random = new Random(7);

    /** Three rows: all pairs of the awkward numbers, with a third, then random ones. */
    private long[][] words(boolean wide) {
        int n = WORDS.length;
        long[][] rows = new long[3][n * n + 200];
        for (int i = 0; i < rows[0].length; i++) {
            boolean pair = i < n * n;
            rows[0][i] = pair ? WORDS[i / n] : random.nextLong();
            rows[1][i] = pair ? WORDS[i % n] : random.nextLong();
            rows[2][i] = pair ? WORDS[i * 7 % n] : random.nextLong();
            if (wide && pair && i % 3 == 0) {
                rows[i / 3 % 3][i] = rows[i / 3 % 3][i] << 32 | 0x5aL;
            }
        }
        return rows;
    }

    private static String[] types(String d, String s, int sources) {
        String[] types = new String[sources + 1];
        Arrays.fill(types, s);
        types[0] = d;
        return types;
    }

    private void ints(String instruction, int sources, Int3 expected) {
        long[][] in = words(false);
        long[][] used = Arrays.copyOf(in, sources);
        long[] out = Ptx.run(cuda, instruction, types("b32", "b32", sources), used);
        for (int i = 0; i < out.length; i++) {
            int want = expected.apply((int) in[0][i], (int) in[1][i], (int) in[2][i]);
            if ((int) out[i] != want) {
                fail(instruction + " of " + hex(in, i) + ": " + Integer.toHexString((int) out[i]) + ", expected " + Integer.toHexString(want));
            }
        }
    }

    private void longs(String instruction, String[] types, Long3 expected) {
        long[][] in = words(true);
        long[] out = Ptx.run(cuda, instruction, types, Arrays.copyOf(in, types.length - 1));
        long keep = types[0].endsWith("64") ? -1 : types[0].endsWith("32") ? 0xffffffffL : 0xffffL;
        for (int i = 0; i < out.length; i++) {
            long want = expected.apply(in[0][i], in[1][i], in[2][i]) & keep;
            if ((out[i] & keep) != want) {
                fail(instruction + " of " + hex(in, i) + ": " + Long.toHexString(out[i]) + ", expected " + Long.toHexString(want));
            }
        }
    }

    private static String hex(long[][] in, int i) {
        return Long.toHexString(in[0][i]) + ", " + Long.toHexString(in[1][i]) + ", " + Long.toHexString(in[2][i]);
    }

    private float[][] reals() {
        int n = FLOATS.length;
        float[][] rows = new float[3][n * n + 300];
        for (int i = 0; i < rows[0].length; i++) {
            for (int k = 0; k < 3; k++) {
                rows[k][i] = i < n * n ? FLOATS[k == 0 ? i / n : k == 1 ? i % n : i * 11 % n] : (float) (random.nextGaussian() * Math.exp(4 * random.nextGaussian()));
            }
        }
        return rows;
    }

    private void floats(String instruction, int sources, Float3 expected) {
        float[][] in = reals();
        long[][] bits = new long[sources][in[0].length];
        for (int k = 0; k < sources; k++) {
            for (int i = 0; i < bits[k].length; i++) {
                bits[k][i] = Float.floatToRawIntBits(in[k][i]) & 0xffffffffL;
            }
        }
        long[] out = Ptx.run(cuda, instruction, types("f32", "f32", sources), bits);
        for (int i = 0; i < out.length; i++) {
            float want = expected.apply(in[0][i], in[1][i], in[2][i]);
            float got = Float.intBitsToFloat((int) out[i]);
            if (Float.floatToIntBits(want) != Float.floatToIntBits(got)) {
                fail(instruction + " of " + in[0][i] + ", " + in[1][i] + ", " + in[2][i] + ": " + got + ", expected " + want);
            }
        }
    }

    @Test
    void wholeNumbersOf32Bits() {
        ints("add.s32 {d}, {a}, {b}", 2, (a, b, c) -> a + b);
        ints("sub.u32 {d}, {a}, {b}", 2, (a, b, c) -> a - b);
        ints("mul.lo.s32 {d}, {a}, {b}", 2, (a, b, c) -> a * b);
        ints("mul.hi.s32 {d}, {a}, {b}", 2, (a, b, c) -> (int) Math.floorDiv((long) a * b, 1L << 32));
        ints("mul.hi.u32 {d}, {a}, {b}", 2, (a, b, c) -> (int) Math.unsignedMultiplyHigh((a & 0xffffffffL) << 32, b & 0xffffffffL));
        ints("mad.lo.s32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> a * b + c);
        ints("mad.hi.u32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> (int) Math.unsignedMultiplyHigh((a & 0xffffffffL) << 32, b & 0xffffffffL) + c);
        ints("div.s32 {d}, {a}, {b}", 2, (a, b, c) -> b == 0 ? -1 : a / b);
        ints("div.u32 {d}, {a}, {b}", 2, (a, b, c) -> b == 0 ? -1 : (int) ((a & 0xffffffffL) / (b & 0xffffffffL)));
        ints("rem.s32 {d}, {a}, {b}", 2, (a, b, c) -> b == 0 ? a : a % b);
        ints("rem.u32 {d}, {a}, {b}", 2, (a, b, c) -> b == 0 ? a : (int) ((a & 0xffffffffL) % (b & 0xffffffffL)));
        ints("min.s32 {d}, {a}, {b}", 2, (a, b, c) -> Math.min(a, b));
        ints("max.u32 {d}, {a}, {b}", 2, (a, b, c) -> (a & 0xffffffffL) > (b & 0xffffffffL) ? a : b);
        ints("neg.s32 {d}, {a}", 1, (a, b, c) -> -a);
        ints("abs.s32 {d}, {a}", 1, (a, b, c) -> Math.abs(a));
        ints("add.s32 {d}, {a}, -7", 1, (a, b, c) -> a - 7);
    }

    @Test
    void bits() {
        ints("and.b32 {d}, {a}, {b}", 2, (a, b, c) -> a & b);
        ints("or.b32 {d}, {a}, {b}", 2, (a, b, c) -> a | b);
        ints("xor.b32 {d}, {a}, {b}", 2, (a, b, c) -> a ^ b);
        ints("not.b32 {d}, {a}", 1, (a, b, c) -> ~a);
        ints("cnot.b32 {d}, {a}", 1, (a, b, c) -> a == 0 ? 1 : 0);
        ints("popc.b32 {d}, {a}", 1, (a, b, c) -> Integer.bitCount(a));
        ints("clz.b32 {d}, {a}", 1, (a, b, c) -> Integer.numberOfLeadingZeros(a));
        ints("brev.b32 {d}, {a}", 1, (a, b, c) -> Integer.reverse(a));
        ints("bfind.u32 {d}, {a}", 1, (a, b, c) -> a == 0 ? -1 : 31 - Integer.numberOfLeadingZeros(a));
        ints("bfind.s32 {d}, {a}", 1, (a, b, c) -> 31 - Integer.numberOfLeadingZeros(a < 0 ? ~a : a));
        ints("bfind.shiftamt.u32 {d}, {a}", 1, (a, b, c) -> a == 0 ? -1 : Integer.numberOfLeadingZeros(a));
        ints("shl.b32 {d}, {a}, {b}", 2, (a, b, c) -> Integer.compareUnsigned(b, 31) > 0 ? 0 : a << b);
        ints("shr.u32 {d}, {a}, {b}", 2, (a, b, c) -> Integer.compareUnsigned(b, 31) > 0 ? 0 : a >>> b);
        ints("shr.s32 {d}, {a}, {b}", 2, (a, b, c) -> Integer.compareUnsigned(b, 31) > 0 ? a >> 31 : a >> b);
        ints("lop3.b32 {d}, {a}, {b}, {c}, 0x96", 3, (a, b, c) -> a ^ b ^ c);
        ints("lop3.b32 {d}, {a}, {b}, {c}, 0xca", 3, (a, b, c) -> a & b | ~a & c);
        ints("lop3.b32 {d}, {a}, {b}, {c}, 0xe8", 3, (a, b, c) -> a & b | b & c | a & c);
        ints("bfe.u32 {d}, {a}, {b}, {c}", 3, OpcodeTest::field);
        ints("bfe.s32 {d}, {a}, {b}, {c}", 3, OpcodeTest::signedField);
        ints("bfe.u32 {d}, {a}, 8, 8", 1, (a, b, c) -> a >>> 8 & 0xff);
        ints("bfi.b32 {d}, {a}, {b}, 4, 12", 2, (a, b, c) -> b & ~0xfff0 | a << 4 & 0xfff0);
        ints("prmt.b32 {d}, {a}, {b}, 0x5410", 2, (a, b, c) -> a & 0xffff | b << 16);
        ints("prmt.b32 {d}, {a}, {b}, 0x7632", 2, (a, b, c) -> a >>> 16 | b & 0xffff0000);
        ints("prmt.b32 {d}, {a}, {b}, 0x0123", 2, (a, b, c) -> Integer.reverseBytes(a));
        ints("prmt.b32 {d}, {a}, {b}, 0xbb3b", 2, (a, b, c) -> (a >> 31) & 0xffff00ff | a >>> 16 & 0xff00);
        ints("shf.l.wrap.b32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> (c & 31) == 0 ? b : b << c | a >>> -c);
        ints("shf.r.wrap.b32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> (c & 31) == 0 ? a : b << -c | a >>> c);
        ints("shf.l.clamp.b32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> c == 0 ? b : Integer.compareUnsigned(c, 31) > 0 ? a : b << c | a >>> -c);
        ints("shf.r.clamp.b32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> c == 0 ? a : Integer.compareUnsigned(c, 31) > 0 ? b : b << -c | a >>> c);
    }

    /** PTX's own definition, bit by bit. */
    private static int field(int a, int b, int c) {
        int d = 0;
        for (int i = 0; i < 32; i++) {
            if (i < (c & 255) && i + (b & 255) <= 31) {
                d |= (a >>> i + (b & 255) & 1) << i;
            }
        }
        return d;
    }

    private static int signedField(int a, int b, int c) {
        int p = b & 255;
        int n = c & 255;
        int sign = n == 0 ? 0 : a >>> Math.min(p + n - 1, 31) & 1;
        int d = 0;
        for (int i = 0; i < 32; i++) {
            d |= (i < n && i + p <= 31 ? a >>> i + p & 1 : sign) << i;
        }
        return d;
    }

    @Test
    void wholeNumbersOf64And16Bits() {
        String[] two = types("b64", "b64", 2);
        longs("add.s64 {d}, {a}, {b}", two, (a, b, c) -> a + b);
        longs("sub.s64 {d}, {a}, {b}", two, (a, b, c) -> a - b);
        longs("mul.lo.s64 {d}, {a}, {b}", two, (a, b, c) -> a * b);
        longs("mul.hi.u64 {d}, {a}, {b}", two, (a, b, c) -> unsigned(a).multiply(unsigned(b)).shiftRight(64).longValue());
        longs("mul.hi.s64 {d}, {a}, {b}", two, (a, b, c) -> BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)).shiftRight(64).longValue());
        longs("mad.lo.s64 {d}, {a}, {b}, {c}", types("b64", "b64", 3), (a, b, c) -> a * b + c);
        longs("div.u64 {d}, {a}, {b}", two, (a, b, c) -> b == 0 ? -1 : unsigned(a).divide(unsigned(b)).longValue());
        longs("rem.s64 {d}, {a}, {b}", two, (a, b, c) -> b == 0 ? a : a % b);
        longs("min.u64 {d}, {a}, {b}", two, (a, b, c) -> unsigned(a).min(unsigned(b)).longValue());
        longs("max.s64 {d}, {a}, {b}", two, (a, b, c) -> Math.max(a, b));
        longs("and.b64 {d}, {a}, {b}", two, (a, b, c) -> a & b);
        longs("xor.b64 {d}, {a}, {b}", two, (a, b, c) -> a ^ b);
        String[] shift = {"b64", "b64", "b32"};
        longs("shl.b64 {d}, {a}, {b}", shift, (a, b, c) -> Integer.compareUnsigned((int) b, 63) > 0 ? 0 : a << b);
        longs("shr.u64 {d}, {a}, {b}", shift, (a, b, c) -> Integer.compareUnsigned((int) b, 63) > 0 ? 0 : a >>> b);
        longs("shr.s64 {d}, {a}, {b}", shift, (a, b, c) -> Integer.compareUnsigned((int) b, 63) > 0 ? a >> 63 : a >> b);
        longs("bfi.b64 {d}, {a}, {b}, 32, 32", two, (a, b, c) -> a << 32 | b & 0xffffffffL);
        longs("bfe.u64 {d}, {a}, 16, 16", types("b64", "b64", 1), (a, b, c) -> a >>> 16 & 0xffff);
        longs("bfe.s64 {d}, {a}, 40, 60", types("b64", "b64", 1), (a, b, c) -> a >> 40);
        longs("popc.b64 {d}, {a}", types("b32", "b64", 1), (a, b, c) -> Long.bitCount(a));
        longs("clz.b64 {d}, {a}", types("b32", "b64", 1), (a, b, c) -> Long.numberOfLeadingZeros(a));
        String[] wide = {"b64", "b32", "b32"};
        longs("mul.wide.s32 {d}, {a}, {b}", wide, (a, b, c) -> (long) (int) a * (int) b);
        longs("mul.wide.u32 {d}, {a}, {b}", wide, (a, b, c) -> (a & 0xffffffffL) * (b & 0xffffffffL));
        longs("mad.wide.u32 {d}, {a}, {b}, {c}", new String[] {"b64", "b32", "b32", "b64"}, (a, b, c) -> (a & 0xffffffffL) * (b & 0xffffffffL) + c);
        String[] narrow = types("b16", "b16", 2);
        longs("add.s16 {d}, {a}, {b}", narrow, (a, b, c) -> a + b);
        longs("mul.lo.s16 {d}, {a}, {b}", narrow, (a, b, c) -> a * b);
        longs("min.s16 {d}, {a}, {b}", narrow, (a, b, c) -> Math.min((short) a, (short) b));
        longs("max.u16 {d}, {a}, {b}", narrow, (a, b, c) -> Math.max(a & 0xffff, b & 0xffff));
        longs("and.b16 {d}, {a}, {b}", narrow, (a, b, c) -> a & b);
        longs("shl.b16 {d}, {a}, 3", types("b16", "b16", 1), (a, b, c) -> a << 3);
        longs("shr.s16 {d}, {a}, 3", types("b16", "b16", 1), (a, b, c) -> (short) a >> 3);
        longs("mul.wide.s16 {d}, {a}, {b}", new String[] {"b32", "b16", "b16"}, (a, b, c) -> (short) a * (short) b);
        longs("mul.wide.u16 {d}, {a}, {b}", new String[] {"b32", "b16", "b16"}, (a, b, c) -> (a & 0xffff) * (b & 0xffff));
    }

    private static BigInteger unsigned(long a) {
        return new BigInteger(Long.toUnsignedString(a));
    }

    @Test
    void floatsToTheBit() {
        floats("add.f32 {d}, {a}, {b}", 2, (a, b, c) -> a + b);
        floats("sub.rn.f32 {d}, {a}, {b}", 2, (a, b, c) -> a - b);
        floats("mul.f32 {d}, {a}, {b}", 2, (a, b, c) -> a * b);
        floats("fma.rn.f32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> exact(a, b, c, RoundingMode.HALF_EVEN));
        floats("div.rn.f32 {d}, {a}, {b}", 2, (a, b, c) -> a / b);
        floats("sqrt.rn.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.sqrt(a));
        floats("rcp.rn.f32 {d}, {a}", 1, (a, b, c) -> 1 / a);
        floats("neg.f32 {d}, {a}", 1, (a, b, c) -> -a);
        floats("abs.f32 {d}, {a}", 1, (a, b, c) -> Math.abs(a));
        floats("min.f32 {d}, {a}, {b}", 2, (a, b, c) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b));
        floats("max.f32 {d}, {a}, {b}", 2, (a, b, c) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b));
        floats("max.NaN.f32 {d}, {a}, {b}", 2, (a, b, c) -> Math.max(a, b));
        floats("copysign.f32 {d}, {a}, {b}", 2, (a, b, c) -> Math.copySign(b, Float.isNaN(a) ? 1 : a));
        floats("add.sat.f32 {d}, {a}, {b}", 2, (a, b, c) -> a + b >= 1 ? 1 : a + b > 0 ? a + b : 0);
        floats("mul.ftz.f32 {d}, {a}, {b}", 2, (a, b, c) -> flush(flush(a) * flush(b)));
        floats("fma.rn.ftz.f32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> flush(Math.fma(flush(a), flush(b), flush(c))));
        floats("add.f32 {d}, {a}, 0f3F800000", 1, (a, b, c) -> a + 1);
    }

    @Test
    void directedRounding() {
        floats("fma.rm.f32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> exact(a, b, c, RoundingMode.FLOOR));
        floats("fma.rz.f32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> exact(a, b, c, RoundingMode.DOWN));
        floats("fma.rp.f32 {d}, {a}, {b}, {c}", 3, (a, b, c) -> exact(a, b, c, RoundingMode.CEILING));
        floats("mul.rz.f32 {d}, {a}, {b}", 2, (a, b, c) -> a * b == 0 && (a == 0 || b == 0) ? a * b : exact(a, b, 0, RoundingMode.DOWN));
        floats("add.rm.f32 {d}, {a}, {b}", 2, (a, b, c) -> exact(a, 1, b, RoundingMode.FLOOR));
        floats("div.rz.f32 {d}, {a}, {b}", 2, (a, b, c) -> {
            float q = a / b;
            if (!Float.isFinite(a) || !Float.isFinite(b) || b == 0 || a == 0) {
                return q;
            }
            BigDecimal exact = new BigDecimal(a).divide(new BigDecimal(b), new MathContext(200, RoundingMode.DOWN));
            return rounded(exact, RoundingMode.DOWN, q);
        });
    }

    private static float flush(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0, x) : x;
    }

    /** ab + c, rounded once. */
    private static float exact(float a, float b, float c, RoundingMode mode) {
        float plain = Math.fma(a, b, c);
        if (!Float.isFinite(a) || !Float.isFinite(b) || !Float.isFinite(c)) {
            return plain;
        }
        return rounded(new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c)), mode, plain);
    }

    private static float rounded(BigDecimal exact, RoundingMode mode, float plain) {
        if (exact.signum() == 0) {
            return plain;
        }
        float near = exact.floatValue();
        if (mode == RoundingMode.HALF_EVEN) {
            return near;
        }
        boolean up = mode == RoundingMode.CEILING || mode == RoundingMode.DOWN && exact.signum() < 0;
        int side = Float.isInfinite(near) ? near > 0 ? 1 : -1 : new BigDecimal(near).compareTo(exact);
        return up ? side < 0 ? Math.nextUp(near) : near : side > 0 ? Math.nextDown(near) : near;
    }

    @Test
    void approximateFunctions() {
        floats("ex2.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.pow(2, a));
        floats("lg2.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) (Math.log(a) / Math.log(2)));
        floats("rsqrt.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) (1 / Math.sqrt(a)));
        floats("sin.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.sin(a));
        floats("cos.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.cos(a));
        floats("tanh.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.tanh(a));
        floats("div.full.f32 {d}, {a}, {b}", 2, (a, b, c) -> a / b);
        floats("rcp.approx.ftz.f32 {d}, {a}", 1, (a, b, c) -> flush(1 / flush(a)));
        floats("sqrt.approx.f32 {d}, {a}", 1, (a, b, c) -> (float) Math.sqrt(a));
    }

    @Test
    void doubles() {
        double[][] pairs = {{1, 3}, {-2.5, 0}, {1e300, 1e300}, {Double.NaN, 1}, {0.1, 0.2}, {-0.0, 0.0}};
        long[] a = new long[pairs.length];
        long[] b = new long[pairs.length];
        for (int i = 0; i < pairs.length; i++) {
            a[i] = Double.doubleToRawLongBits(pairs[i][0]);
            b[i] = Double.doubleToRawLongBits(pairs[i][1]);
        }
        String[] types = types("f64", "f64", 2);
        long[] add = Ptx.run(cuda, "add.f64 {d}, {a}, {b}", types, a, b);
        long[] div = Ptx.run(cuda, "div.rn.f64 {d}, {a}, {b}", types, a, b);
        long[] fma = Ptx.run(cuda, "fma.rn.f64 {d}, {a}, {b}, {a}", types, a, b);
        long[] max = Ptx.run(cuda, "max.f64 {d}, {a}, {b}", types, a, b);
        for (int i = 0; i < pairs.length; i++) {
            double x = pairs[i][0];
            double y = pairs[i][1];
            assertEquals(x + y, Double.longBitsToDouble(add[i]));
            assertEquals(x / y, Double.longBitsToDouble(div[i]));
            assertEquals(Math.fma(x, y, x), Double.longBitsToDouble(fma[i]));
            assertEquals(Double.isNaN(x) ? y : Math.max(x, y), Double.longBitsToDouble(max[i]));
        }
    }
}
