package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The loops of {@link UnaryCpu} over the elements [from, to), one a method so that each is straight vector code. */
final class UnaryLoops {
    private UnaryLoops() {
    }

    static void run(UnaryOp op, float[] y, float[] x, int from, int to) {
        switch (op) {
            case EXP -> exp(y, x, from, to);
            case SQRT -> sqrt(y, x, from, to);
            case SQUARE -> square(y, x, from, to);
            case RECIPROCAL -> reciprocal(y, x, from, to);
            case TANH -> tanh(y, x, from, to);
            case SIGMOID -> sigmoid(y, x, from, to);
            case SILU -> silu(y, x, from, to);
            case RELU -> relu(y, x, from, to);
            case ABS -> abs(y, x, from, to);
            case LOG -> log(y, x, from, to);
            case EXPM1 -> expm1(y, x, from, to);
            case SIN -> sin(y, x, from, to);
            case COS -> cos(y, x, from, to);
        }
    }

    private static void exp(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            VectorMath.exp(v).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            VectorMath.exp(v).intoArray(y, i, tail);
        }
    }

    private static void sqrt(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.sqrt().intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            v.sqrt().intoArray(y, i, tail);
        }
    }

    private static void square(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.mul(v).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            v.mul(v).intoArray(y, i, tail);
        }
    }

    private static void reciprocal(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            FloatVector.broadcast(F, 1f).div(v).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            FloatVector.broadcast(F, 1f).div(v).intoArray(y, i, tail);
        }
    }

    private static void tanh(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            VectorMath.tanh(v).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            VectorMath.tanh(v).intoArray(y, i, tail);
        }
    }

    private static void sigmoid(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            VectorMath.sigmoid(v).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            VectorMath.sigmoid(v).intoArray(y, i, tail);
        }
    }

    private static void silu(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.mul(VectorMath.sigmoid(v)).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            v.mul(VectorMath.sigmoid(v)).intoArray(y, i, tail);
        }
    }

    private static void relu(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.max(0f).intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            v.max(0f).intoArray(y, i, tail);
        }
    }

    private static void abs(float[] y, float[] x, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, x, i);
            v.abs().intoArray(y, i);
        }
        if (i < to) {
            VectorMask<Float> tail = F.indexInRange(i, to);
            FloatVector v = FloatVector.fromArray(F, x, i, tail);
            v.abs().intoArray(y, i, tail);
        }
    }

    private static void log(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) Math.log(x[i]);
        }
    }

    private static void expm1(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) Math.expm1(x[i]);
        }
    }

    private static void sin(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) Math.sin(x[i]);
        }
    }

    private static void cos(float[] y, float[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) Math.cos(x[i]);
        }
    }
}
