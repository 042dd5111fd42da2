package dev.langevin.sampling.inverse;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;

/**
 * The grey of colour images: the first coordinate of each pixel in an orthonormal basis of colours whose first vector is
 * (1, 1, 1) / sqrt(3), so A x = (red + green + blue) / sqrt(3), sqrt(3) times their mean. A A^T is the identity.
 *
 * <p>In an orthonormal basis white noise stays white, so the coordinates are noised and replaced each by itself (Song et al. 2021,
 * appendix I.3, colorization). YUV is no such basis: its coordinates of white noise are correlated.
 */
public final class GreyProjection implements PartialIsometry {
    private static final double R3 = Math.sqrt(3);
    private static final double R2 = Math.sqrt(2);
    private static final double R6 = Math.sqrt(6);
    /** Columns: grey, red against green, blue against both. */
    private static final double[][] BASIS = {{1 / R3, 1 / R2, 1 / R6}, {1 / R3, -1 / R2, 1 / R6}, {1 / R3, 0, -2 / R6}};

    /** The basis (3, 3), orthonormal: rows are red, green and blue, columns the new coordinates, of which the first is grey. */
    public static double[][] basis() {
        double[][] copy = new double[3][];
        for (int i = 0; i < 3; i++) {
            copy[i] = BASIS[i].clone();
        }
        return copy;
    }

    /** @param x (N, H, W, 3); the result is (N, H, W, 1) */
    @Override
    public Tensor apply(Tensor x) {
        if (x.rank() != 4 || x.dim(3) != 3) {
            throw new ShapeException("grey projection", "colour images (N, H, W, 3)", x.shape());
        }
        return toBasis(x).slice(3, 0, 1);
    }

    /** @param y (N, H, W, 1); the result is (N, H, W, 3) */
    @Override
    public Tensor adjoint(Tensor y) {
        return fromBasis(Tensor.concat(3, y, Tensor.zeros(y.shape().with(3, 2))));
    }

    @Override
    public double gain() {
        return 1;
    }

    /** Grey becomes y, the two chroma coordinates stay. */
    @Override
    public Tensor replace(Tensor x, Tensor y) {
        return fromBasis(Tensor.concat(3, y.broadcastTo(x.shape().with(3, 1)), toBasis(x).slice(3, 1, 3)));
    }

    /** Coordinates (N, H, W, 3) in the basis, of red, green and blue. */
    public static Tensor toBasis(Tensor rgb) {
        return rgb.linear(matrix(true), null);
    }

    /** Red, green and blue (N, H, W, 3), of coordinates in the basis. */
    public static Tensor fromBasis(Tensor coordinates) {
        return coordinates.linear(matrix(false), null);
    }

    private static Tensor matrix(boolean transposed) {
        double[] values = new double[9];
        for (int i = 0; i < 9; i++) {
            values[i] = transposed ? BASIS[i % 3][i / 3] : BASIS[i / 3][i % 3];
        }
        return Tensor.of(Shape.of(3, 3), values);
    }
}
