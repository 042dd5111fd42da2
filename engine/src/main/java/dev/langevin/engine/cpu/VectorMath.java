package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Elementary functions of float vectors, from polynomials with fused multiply-adds. Each has a scalar twin that does
 * the same operations in the same order, so that a lane and its twin agree in every bit and a result does not depend
 * on its place in an array. Coefficients of log and tanh: S. L. Moshier, Cephes library, single precision; of exp:
 * least relative error, 3.1e-9, on [-ln 2 / 2, ln 2 / 2] for 1 + r + r^2 p(r).
 */
public final class VectorMath {
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts; the first has few enough digits that its product with an exponent is exact. */
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
    private static final float ROUND = 12582912f;
    private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    private static final float EXP_LOWEST = -105f;
    private static final float EXP_HIGHEST = 89.5f;
    private static final int SQRT_HALF_BITS = 0x3f3504f3;
    private static final float TANH_SMALL = 0.625f;

    private static final float E5 = 1.3820946e-3f;
    private static final float E4 = 8.368684e-3f;
    private static final float E3 = 4.1668266e-2f;
    private static final float E2 = 1.6666521e-1f;
    private static final float E1 = 4.9999994e-1f;

    /** {@link #sigmoid} keeps e^-x times this, so that it is a normal number wherever the result is not 0 or 1. */
    private static final float SHARE = 0x1p-24f;
    /** Rounds as {@link #ROUND} and leaves the exponent of {@link #SHARE} in the low bits. */
    private static final float ROUND_SHARE = ROUND - 24;
    /** From here down the sigmoid rounds to 0, from {@link #SIGMOID_ONE} up to 1. */
    private static final float SIGMOID_ZERO = -104f;
    private static final float SIGMOID_ONE = 69f;

    private static final float L8 = 7.0376836292e-2f;
    private static final float L7 = -1.1514610310e-1f;
    private static final float L6 = 1.1676998740e-1f;
    private static final float L5 = -1.2420140846e-1f;
    private static final float L4 = 1.4249322787e-1f;
    private static final float L3 = -1.6668057665e-1f;
    private static final float L2 = 2.0000714765e-1f;
    private static final float L1 = -2.4999993993e-1f;
    private static final float L0 = 3.3333331174e-1f;

    private static final float S4 = 39.759827f;
    private static final float S3 = -76.58117f;
    private static final float S2 = 81.60248f;
    private static final float S1 = -41.341682f;
    private static final float S0 = 6.2831855f;
    private static final int SIGN = 0x80000000;

    private static final float T4 = -5.70498872745e-3f;
    private static final float T3 = 2.06390887954e-2f;
    private static final float T2 = -5.37397155531e-2f;
    private static final float T1 = 1.33314422036e-1f;
    private static final float T0 = -3.33332819422e-1f;

    private VectorMath() {
    }

    /** e^x for any x: overflows to infinity, underflows gradually to 0, keeps NaN. */
    public static FloatVector exp(FloatVector x) {
        // Compare and blend keep NaN at half the cost of the NaN-propagating min and max.
        FloatVector a = x.blend(EXP_HIGHEST, x.compare(VectorOperators.GT, EXP_HIGHEST));
        return expBelow(a.blend(EXP_LOWEST, a.compare(VectorOperators.LT, EXP_LOWEST)));
    }

    /** e^x for x in [-105, 89.5] or NaN. */
    private static FloatVector expBelow(FloatVector x) {
        FloatVector t = x.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND));
        FloatVector n = t.sub(ROUND);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        FloatVector p = expOfRest(r);
        // 2^n in two factors, since n runs from -152 to 129 and one exponent field does not hold that.
        IntVector k = t.reinterpretAsInts().sub(ROUND_BITS);
        IntVector half = k.lanewise(VectorOperators.ASHR, 1);
        FloatVector s1 = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        FloatVector s2 = k.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        return p.mul(s1).mul(s2);
    }

    /** e^r for |r| at most ln 2 / 2. */
    private static FloatVector expOfRest(FloatVector r) {
        FloatVector p = r.fma(FloatVector.broadcast(F, E5), FloatVector.broadcast(F, E4));
        p = p.fma(r, FloatVector.broadcast(F, E3));
        p = p.fma(r, FloatVector.broadcast(F, E2));
        p = p.fma(r, FloatVector.broadcast(F, E1));
        return p.fma(r.mul(r), r).add(1f);
    }

    /** The scalar twin of {@link #exp(FloatVector)}. */
    public static float exp(float x) {
        float a = x > EXP_HIGHEST ? EXP_HIGHEST : x;
        a = a < EXP_LOWEST ? EXP_LOWEST : a;
        float t = Math.fma(a, LOG2_E, ROUND);
        float n = t - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, a));
        float p = expOfRest(r);
        int k = Float.floatToRawIntBits(t) - ROUND_BITS;
        int half = k >> 1;
        return p * Float.intBitsToFloat((half + 127) << 23) * Float.intBitsToFloat((k - half + 127) << 23);
    }

    private static float expOfRest(float r) {
        float p = Math.fma(r, E5, E4);
        p = Math.fma(p, r, E3);
        p = Math.fma(p, r, E2);
        p = Math.fma(p, r, E1);
        return Math.fma(p, r * r, r) + 1f;
    }

    /** ln x for positive normal x; anything else gives an unspecified value. */
    public static FloatVector log(FloatVector x) {
        IntVector shifted = x.reinterpretAsInts().sub(SQRT_HALF_BITS);
        FloatVector e = (FloatVector) shifted.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0);
        FloatVector f = shifted.and(0x7fffff).add(SQRT_HALF_BITS).reinterpretAsFloats().sub(1f);
        FloatVector p = f.fma(FloatVector.broadcast(F, L8), FloatVector.broadcast(F, L7));
        p = p.fma(f, FloatVector.broadcast(F, L6));
        p = p.fma(f, FloatVector.broadcast(F, L5));
        p = p.fma(f, FloatVector.broadcast(F, L4));
        p = p.fma(f, FloatVector.broadcast(F, L3));
        p = p.fma(f, FloatVector.broadcast(F, L2));
        p = p.fma(f, FloatVector.broadcast(F, L1));
        p = p.fma(f, FloatVector.broadcast(F, L0));
        FloatVector z = f.mul(f);
        FloatVector y = e.fma(FloatVector.broadcast(F, LN2_LOW), p.mul(f).mul(z));
        y = z.fma(FloatVector.broadcast(F, -0.5f), y);
        return e.fma(FloatVector.broadcast(F, LN2_HIGH), f.add(y));
    }

    /** The scalar twin of {@link #log(FloatVector)}. */
    public static float log(float x) {
        int shifted = Float.floatToRawIntBits(x) - SQRT_HALF_BITS;
        float e = shifted >> 23;
        float f = Float.intBitsToFloat((shifted & 0x7fffff) + SQRT_HALF_BITS) - 1f;
        float p = Math.fma(f, L8, L7);
        p = Math.fma(p, f, L6);
        p = Math.fma(p, f, L5);
        p = Math.fma(p, f, L4);
        p = Math.fma(p, f, L3);
        p = Math.fma(p, f, L2);
        p = Math.fma(p, f, L1);
        p = Math.fma(p, f, L0);
        float z = f * f;
        float y = Math.fma(e, LN2_LOW, p * f * z);
        return Math.fma(e, LN2_HIGH, f + Math.fma(z, -0.5f, y));
    }

    /** 1 / (1 + e^-x). */
    public static FloatVector sigmoid(FloatVector x) {
        FloatVector low = x.blend(SIGMOID_ZERO, x.compare(VectorOperators.LT, SIGMOID_ZERO));
        FloatVector a = low.blend(SIGMOID_ONE, low.compare(VectorOperators.GT, SIGMOID_ONE)).neg();
        FloatVector t = a.fma(FloatVector.broadcast(F, LOG2_E), FloatVector.broadcast(F, ROUND_SHARE));
        FloatVector n = t.sub(ROUND_SHARE);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), a);
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        // Adds to the exponent. The low bits of a NaN that arithmetic made are 0, so it stays one.
        IntVector exponent = t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector e = expOfRest(r).reinterpretAsInts().add(exponent).reinterpretAsFloats();
        return FloatVector.broadcast(F, SHARE).div(e.add(SHARE));
    }

    /** The scalar twin of {@link #sigmoid(FloatVector)}. */
    public static float sigmoid(float x) {
        float low = x < SIGMOID_ZERO ? SIGMOID_ZERO : x;
        float a = -(low > SIGMOID_ONE ? SIGMOID_ONE : low);
        float t = Math.fma(a, LOG2_E, ROUND_SHARE);
        float n = t - ROUND_SHARE;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, a));
        float e = Float.intBitsToFloat(Float.floatToRawIntBits(expOfRest(r)) + (Float.floatToRawIntBits(t) << 23));
        return SHARE / (e + SHARE);
    }

    /** Hyperbolic tangent: a polynomial up to |x| = 0.625, 1 - 2 / (e^2|x| + 1) beyond. */
    public static FloatVector tanh(FloatVector x) {
        FloatVector z = x.mul(x);
        FloatVector p = z.fma(FloatVector.broadcast(F, T4), FloatVector.broadcast(F, T3));
        p = p.fma(z, FloatVector.broadcast(F, T2));
        p = p.fma(z, FloatVector.broadcast(F, T1));
        p = p.fma(z, FloatVector.broadcast(F, T0));
        FloatVector small = p.mul(z).fma(x, x);
        FloatVector a = x.abs();
        FloatVector e = expBelow(a.blend(44f, a.compare(VectorOperators.GT, 44f)).mul(2f)).add(1f);
        FloatVector large = FloatVector.broadcast(F, -2f).div(e).add(1f);
        VectorMask<Float> beyond = a.compare(VectorOperators.GT, TANH_SMALL);
        return small.blend(large.blend(large.neg(), x.compare(VectorOperators.LT, 0f)), beyond);
    }

    /** The scalar twin of {@link #tanh(FloatVector)}. */
    public static float tanh(float x) {
        float a = Math.abs(x);
        if (a > TANH_SMALL) {
            float large = -2f / (exp((a > 44f ? 44f : a) * 2f) + 1f) + 1f;
            return x < 0f ? -large : large;
        }
        float z = x * x;
        float p = Math.fma(z, T4, T3);
        p = Math.fma(p, z, T2);
        p = Math.fma(p, z, T1);
        p = Math.fma(p, z, T0);
        return Math.fma(p * z, x, x);
    }

    /** sin(2 pi u) for u in [0, 1] that is a multiple of 2^-24, as Philox makes them: then all differences are exact. */
    public static FloatVector sin2Pi(FloatVector u) {
        // sin(2 pi u) = sin(2 pi w) with w = 1/2 - u, an odd function whose size depends on the distance to 1/4.
        FloatVector w = u.neg().add(0.5f);
        FloatVector fold = w.abs().sub(0.25f).abs().neg().add(0.25f);
        IntVector sign = w.reinterpretAsInts().and(SIGN);
        return sineOfTurn(fold).reinterpretAsInts().lanewise(VectorOperators.XOR, sign).reinterpretAsFloats();
    }

    /** cos(2 pi u) for u in [0, 1] that is a multiple of 2^-24. */
    public static FloatVector cos2Pi(FloatVector u) {
        return sineOfTurn(u.sub(0.5f).abs().sub(0.25f));
    }

    /** sin(2 pi a) for |a| at most 1/4: an odd polynomial through Chebyshev nodes, 0.6 of half an ulp off. */
    private static FloatVector sineOfTurn(FloatVector a) {
        FloatVector z = a.mul(a);
        FloatVector p = z.fma(FloatVector.broadcast(F, S4), FloatVector.broadcast(F, S3));
        p = p.fma(z, FloatVector.broadcast(F, S2));
        p = p.fma(z, FloatVector.broadcast(F, S1));
        return p.mul(z).fma(a, a.mul(S0));
    }

    /** The scalar twin of {@link #sin2Pi(FloatVector)}. */
    public static float sin2Pi(float u) {
        float w = -u + 0.5f;
        float fold = -Math.abs(Math.abs(w) - 0.25f) + 0.25f;
        int sign = Float.floatToRawIntBits(w) & SIGN;
        return Float.intBitsToFloat(Float.floatToRawIntBits(sineOfTurn(fold)) ^ sign);
    }

    /** The scalar twin of {@link #cos2Pi(FloatVector)}. */
    public static float cos2Pi(float u) {
        return sineOfTurn(Math.abs(u - 0.5f) - 0.25f);
    }

    private static float sineOfTurn(float a) {
        float z = a * a;
        float p = Math.fma(z, S4, S3);
        p = Math.fma(p, z, S2);
        p = Math.fma(p, z, S1);
        return Math.fma(p * z, a, a * S0);
    }
}
