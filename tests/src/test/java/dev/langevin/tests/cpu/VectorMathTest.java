package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Simd;
import dev.langevin.engine.cpu.VectorMath;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Elementary functions of vectors against double precision, in units in the last place. Rows: P-ENG. */
class VectorMathTest {
    private static final int SAMPLES = 400_000;

    /**
     * Worst at a quarter turn, where the result lies just below 1: the leading term, 1.57, is rounded by 1 ulp of it,
     * the rest, 0.57, has three roundings of 0.6, the leading coefficient 0.6, the last sum 0.5.
     */
    private static final double TURN_BOUND = 4;

    private interface FloatFunction {
        float apply(float x);
    }

    @Test
    void exponential() {
        check("exp", VectorMath::exp, VectorMath::exp, Math::exp, -104, 88.72f, 1.5);
        check("exp near 0", VectorMath::exp, VectorMath::exp, Math::exp, -1e-3f, 1e-3f, 1.5);
        assertEquals(Float.POSITIVE_INFINITY, lane(VectorMath::exp, 88.73f));
        assertEquals(Float.POSITIVE_INFINITY, lane(VectorMath::exp, Float.POSITIVE_INFINITY));
        assertEquals(0f, lane(VectorMath::exp, -104.5f));
        assertEquals(0f, lane(VectorMath::exp, Float.NEGATIVE_INFINITY));
        assertEquals(1f, lane(VectorMath::exp, 0f));
        assertTrue(Float.isNaN(lane(VectorMath::exp, Float.NaN)));
    }

    @Test
    void logarithm() {
        check("log", VectorMath::log, VectorMath::log, Math::log, Float.MIN_NORMAL, 2f, 1.5);
        check("log large", VectorMath::log, VectorMath::log, Math::log, 1f, 1e30f, 1.5);
        check("log near 1", VectorMath::log, VectorMath::log, Math::log, 0.99f, 1.01f, 1.5);
        check("log small", VectorMath::log, VectorMath::log, Math::log, 1e-38f, 1e-30f, 1.5);
    }

    @Test
    void logistic() {
        DoubleUnaryOperator exact = x -> 1 / (1 + Math.exp(-x));
        check("sigmoid", VectorMath::sigmoid, VectorMath::sigmoid, exact, -104, 104, 2.5);
        check("sigmoid near 0", VectorMath::sigmoid, VectorMath::sigmoid, exact, -2, 2, 2.5);
        assertEquals(0f, lane(VectorMath::sigmoid, Float.NEGATIVE_INFINITY));
        assertEquals(1f, lane(VectorMath::sigmoid, Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(lane(VectorMath::sigmoid, Float.NaN)));
    }

    @Test
    void hyperbolicTangent() {
        check("tanh", VectorMath::tanh, VectorMath::tanh, Math::tanh, -10, 10, 2);
        check("tanh near 0", VectorMath::tanh, VectorMath::tanh, Math::tanh, -1e-4f, 1e-4f, 2);
        assertEquals(-1f, lane(VectorMath::tanh, Float.NEGATIVE_INFINITY));
        assertEquals(1f, lane(VectorMath::tanh, Float.POSITIVE_INFINITY));
        assertTrue(Float.isNaN(lane(VectorMath::tanh, Float.NaN)));
    }

    @Test
    void turns() {
        check("sin", VectorMath::sin2Pi, VectorMath::sin2Pi, u -> Math.sin(2 * Math.PI * u), 0x1p-24f, 0.5f, TURN_BOUND);
        check("sin above", VectorMath::sin2Pi, VectorMath::sin2Pi, u -> Math.sin(2 * Math.PI * (u - 1)), 0.5f, 1, TURN_BOUND);
        check("cos", VectorMath::cos2Pi, VectorMath::cos2Pi, u -> Math.sin(2 * Math.PI * (0.25 - u)), 0, 0.5f, TURN_BOUND);
        check("cos above", VectorMath::cos2Pi, VectorMath::cos2Pi,
                u -> Math.sin(2 * Math.PI * (u - 0.75)), 0.5f, 1, TURN_BOUND);
    }

    /** Compares vector, scalar twin (in every bit) and double precision at evenly spread points; bound in ulps. */
    private static void check(String name, UnaryOperator<FloatVector> vector, FloatFunction scalar,
            DoubleUnaryOperator exact, float from, float to, double bound) {
        float[] x = new float[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            double at = from + (to - (double) from) * (i + 0.37) / SAMPLES;
            x[i] = (float) (name.startsWith("sin") || name.startsWith("cos") ? Math.rint(at * 0x1p24) * 0x1p-24 : at);
        }
        float[] y = new float[SAMPLES + Simd.LANES];
        for (int i = 0; i < SAMPLES; i += Simd.LANES) {
            FloatVector v = FloatVector.fromArray(Simd.F, x, i, Simd.F.indexInRange(i, SAMPLES));
            vector.apply(v).intoArray(y, i, Simd.F.indexInRange(i, SAMPLES));
        }
        double worst = 0;
        float at = 0;
        for (int i = 0; i < SAMPLES; i++) {
            assertEquals(Float.floatToRawIntBits(scalar.apply(x[i])), Float.floatToRawIntBits(y[i]), name + " " + x[i]);
            double right = exact.applyAsDouble(x[i]);
            double error = Math.abs(y[i] - right) / Math.ulp((float) right);
            if (!(error <= worst)) {
                worst = error;
                at = x[i];
            }
        }
        assertTrue(worst <= bound, name + ": " + worst + " ulp at " + at);
    }

    private static float lane(UnaryOperator<FloatVector> f, float x) {
        return f.apply(FloatVector.broadcast(Simd.F, x)).lane(Simd.LANES - 1);
    }
}
