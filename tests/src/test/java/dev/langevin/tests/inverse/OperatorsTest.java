package dev.langevin.tests.inverse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.sampling.inverse.BlockAverage;
import dev.langevin.sampling.inverse.Blur;
import dev.langevin.sampling.inverse.GreyProjection;
import dev.langevin.sampling.inverse.LinearOperator;
import dev.langevin.sampling.inverse.Mask;
import dev.langevin.sampling.inverse.MatrixOperator;
import dev.langevin.sampling.inverse.PartialIsometry;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows A-INV, A-COLOR, A-SR: the operators of inverse problems, each against its adjoint and what it is said to do. X-38: the grey basis is orthonormal. */
class OperatorsTest {
    private static final Shape IMAGES = Shape.of(2, 6, 4, 3);
    private static final Shape IMAGE = Shape.of(6, 4, 3);

    /** An operator is made inside a scope. */
    record Case(String name, Supplier<LinearOperator> operator) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> operators() {
        return Stream.of(
                new Case("mask", () -> new Mask(Tensor.uniform(Shape.of(6, 4, 1), key(9)).greater(Tensor.scalar(0.5)))),
                new Case("grey", GreyProjection::new),
                new Case("block average", () -> new BlockAverage(2)),
                new Case("blur", () -> new Blur(6, 4, 1.3)),
                new Case("random projections", () -> MatrixOperator.random(10, IMAGE, 1)),
                new Case("parallel beams", () -> MatrixOperator.parallelBeams(5, IMAGE)));
    }

    private static RandomKey key(int step) {
        return new RandomKey(4, 990, 0, step);
    }

    private static double[] dots(Tensor a, Tensor b) {
        return a.mul(b).reshape(a.dim(0), -1).sum(1).toDoubles();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void adjoint(Case c) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            LinearOperator a = c.operator.get();
            Tensor x = Tensor.normal(IMAGES, key(0));
            Tensor y = Tensor.normal(a.apply(x).shape(), key(1));
            double[] forward = dots(a.apply(x), y);
            assertTrue(Math.abs(forward[0]) > 1e-3);
            assertArrayEquals(forward, dots(x, a.adjoint(y)), 1e-12);
            assertEquals(x.shape(), a.adjoint(y).shape());
        }
    }

    /** A A^T A = c A; an image with another's measurement has it, and differs from itself in nothing that is not measured. */
    @ParameterizedTest
    @MethodSource("operators")
    void partialIsometries(Case c) {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            if (c.operator.get() instanceof PartialIsometry a) {
                Tensor x = Tensor.normal(IMAGES, key(0));
                Tensor other = Tensor.normal(IMAGES, key(2));
                assertArrayEquals(a.apply(x).mul(a.gain()).toDoubles(), a.apply(a.adjoint(a.apply(x))).toDoubles(), 1e-13);
                Tensor replaced = a.replace(x, a.apply(other));
                assertArrayEquals(a.apply(other).toDoubles(), a.apply(replaced).toDoubles(), 1e-13);
                Tensor change = replaced.sub(x);
                assertArrayEquals(change.mul(a.gain()).toDoubles(), a.adjoint(a.apply(change)).toDoubles(), 1e-13);
            }
        }
    }

    @Test
    void greyBasisIsOrthonormal() {
        double[][] u = GreyProjection.basis();
        for (int i = 0; i < 3; i++) {
            assertEquals(1 / Math.sqrt(3), u[i][0], 1e-15);
            for (int j = 0; j < 3; j++) {
                double dot = u[0][i] * u[0][j] + u[1][i] * u[1][j] + u[2][i] * u[2][j];
                assertEquals(i == j ? 1 : 0, dot, 1e-12);
            }
        }
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.normal(IMAGES, key(0));
            assertArrayEquals(x.toDoubles(), GreyProjection.fromBasis(GreyProjection.toBasis(x)).toDoubles(), 1e-14);
            assertArrayEquals(x.mean(3).mul(Math.sqrt(3)).toDoubles(), new GreyProjection().apply(x).toDoubles(), 1e-14);
        }
    }

    /** Even images stay as they are, up to the border; a point spreads by the Gaussian, and nothing is lost. */
    @Test
    void blurSpreads() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            double[] even = new Blur(6, 4, 1.3).apply(Tensor.full(IMAGES, 0.7)).toDoubles();
            for (double v : even) {
                assertEquals(0.7, v, 1e-14);
            }
            int n = 21;
            double[] point = new double[n * n];
            point[10 * n + 10] = 1;
            double[] spread = new Blur(n, n, 1.5).apply(Tensor.of(Shape.of(1, n, n, 1), point)).toDoubles();
            double sum = 0;
            for (double v : spread) {
                sum += v;
            }
            assertEquals(1, sum, 1e-13);
            assertEquals(Math.exp(-(4 + 1) / (2 * 1.5 * 1.5)), spread[12 * n + 11] / spread[10 * n + 10], 1e-12);
        }
    }

    /** Each direction sees the whole mass; the first sees columns, the one a quarter turn later rows. */
    @Test
    void beamsProject() {
        try (Backend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Shape image = Shape.of(5, 5, 1);
            MatrixOperator beams = MatrixOperator.parallelBeams(4, image);
            Tensor x = Tensor.uniform(Shape.of(1, 5, 5, 1), key(3));
            double[] y = beams.apply(x).toDoubles();
            int detectors = beams.measurements() / 4;
            assertEquals(9, detectors);
            double[] pixels = x.toDoubles();
            for (int k = 0; k < 4; k++) {
                double mass = 0;
                for (int i = 0; i < detectors; i++) {
                    mass += 5 * y[k * detectors + i];
                }
                assertEquals(x.sum(0, 1, 2, 3).item(), mass, 1e-12, "direction " + k);
            }
            for (int i = 0; i < 5; i++) {
                double column = 0;
                double row = 0;
                for (int j = 0; j < 5; j++) {
                    column += pixels[5 * j + i] / 5;
                    row += pixels[5 * i + j] / 5;
                }
                assertEquals(column, y[2 + i], 1e-12);
                assertEquals(row, y[2 * detectors + 2 + i], 1e-12);
            }
        }
    }
}
