package dev.langevin.sampling.inverse;

import dev.langevin.engine.Tensor;

/**
 * An operator that keeps lengths but for a factor, except of what it does not see at all: A A^T A = c A. Its pseudoinverse is A^T / c,
 * and A^T A / c projects an image on the part of it that is measured.
 */
public interface PartialIsometry extends LinearOperator {

    /** c, above 0. */
    double gain();

    /**
     * The image nearest to x with measurement y: x + A^T (y - A x) / c.
     *
     * @param x images
     * @param y what an image can be measured as
     */
    default Tensor replace(Tensor x, Tensor y) {
        return x.add(adjoint(y.sub(apply(x))).mul(1 / gain()));
    }
}
