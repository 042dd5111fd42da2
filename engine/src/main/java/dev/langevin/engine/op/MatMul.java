package dev.langevin.engine.op;

import dev.langevin.engine.GradientContext;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * C = A' B' over the last two axes, where A' is A or, when {@code transA}, its transpose, and B' likewise:
 * A' (..., M, K), B' (..., K, N), C (..., M, N); the leading axes agree.
 */
public record MatMul(boolean transA, boolean transB) implements Op {
    @Override
    public Shape[] shapes(Shape... in) {
        boolean fits = in.length == 2 && in[0].rank() >= 2 && in[0].rank() == in[1].rank();
        if (fits) {
            fits = in[0].dim(transA ? -2 : -1) == in[1].dim(transB ? -1 : -2);
            for (int i = 0; i < in[0].rank() - 2; i++) {
                fits &= in[0].dim(i) == in[1].dim(i);
            }
        }
        if (!fits) {
            throw new ShapeException(name(), "matrices " + (transA ? "(..., K, M)" : "(..., M, K)") + " and "
                    + (transB ? "(..., N, K)" : "(..., K, N)"), in);
        }
        int m = in[0].dim(transA ? -1 : -2);
        int n = in[1].dim(transB ? -2 : -1);
        return in[0].with(-2, m).with(-1, n).alone();
    }

    @Override
    public Tensor gradient(int i, GradientContext c) {
        Tensor a = c.in(0);
        Tensor b = c.in(1);
        Tensor dc = c.dout();
        if (i == 0) {
            return transA ? new MatMul(transB, true).apply(b, dc) : new MatMul(false, !transB).apply(dc, b);
        }
        return transB ? new MatMul(true, transA).apply(dc, a) : new MatMul(!transA, false).apply(a, dc);
    }
}
