package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The innermost loops of {@link BinaryCpu}, one a method so that each is straight vector code. Operand a is read from
 * {@code ia} on, moving by {@code sa} vectors' lanes a vector: sa = 1 for data, 0 for a vector of one repeated value.
 */
final class BinaryLoops {
    private BinaryLoops() {
    }

    static void run(BinaryOp op, float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        switch (op) {
            case ADD -> add(out, io, a, ia, sa, b, ib, sb, size);
            case SUB -> sub(out, io, a, ia, sa, b, ib, sb, size);
            case MUL -> mul(out, io, a, ia, sa, b, ib, sb, size);
            case DIV -> div(out, io, a, ia, sa, b, ib, sb, size);
            case GREATER -> greater(out, io, a, ia, sa, b, ib, sb, size);
        }
    }

    private static void add(float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb);
            x.add(z).intoArray(out, io + i);
        }
        if (i < size) {
            VectorMask<Float> tail = F.indexInRange(i, size);
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa, tail);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb, tail);
            x.add(z).intoArray(out, io + i, tail);
        }
    }

    private static void sub(float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb);
            x.sub(z).intoArray(out, io + i);
        }
        if (i < size) {
            VectorMask<Float> tail = F.indexInRange(i, size);
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa, tail);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb, tail);
            x.sub(z).intoArray(out, io + i, tail);
        }
    }

    private static void mul(float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb);
            x.mul(z).intoArray(out, io + i);
        }
        if (i < size) {
            VectorMask<Float> tail = F.indexInRange(i, size);
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa, tail);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb, tail);
            x.mul(z).intoArray(out, io + i, tail);
        }
    }

    private static void div(float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb);
            x.div(z).intoArray(out, io + i);
        }
        if (i < size) {
            VectorMask<Float> tail = F.indexInRange(i, size);
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa, tail);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb, tail);
            x.div(z).intoArray(out, io + i, tail);
        }
    }

    private static void greater(float[] out, int io, float[] a, int ia, int sa, float[] b, int ib, int sb, int size) {
        int i = 0;
        for (; i <= size - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb);
            FloatVector.zero(F).blend(1f, x.compare(VectorOperators.GT, z)).intoArray(out, io + i);
        }
        if (i < size) {
            VectorMask<Float> tail = F.indexInRange(i, size);
            FloatVector x = FloatVector.fromArray(F, a, ia + i * sa, tail);
            FloatVector z = FloatVector.fromArray(F, b, ib + i * sb, tail);
            FloatVector.zero(F).blend(1f, x.compare(VectorOperators.GT, z)).intoArray(out, io + i, tail);
        }
    }
}
