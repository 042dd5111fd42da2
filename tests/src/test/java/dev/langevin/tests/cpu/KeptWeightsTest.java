package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.engine.update.Assign;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a convolution keeps of weights is forgotten whenever they change: results are those of weights never seen before. */
class KeptWeightsTest {
    private static final Shape IMAGES = Shape.of(1, 6, 6, 64);

    /** A way in which weights change, in place. */
    enum Change {
        ASSIGN(w -> new Assign().apply(w, normal(w.shape(), 7))),
        ADAM(w -> {
            Tensor[] zeros = {w.mul(0), w.mul(0), w.mul(0)};
            new AdamStep(1, 0.1, 0.9, 0.99, 1e-8, 0, 1, 1e9, 0.9).apply(AdamStep.operands(new Tensor[] {w}, new Tensor[] {zeros[0]},
                    new Tensor[] {zeros[1]}, new Tensor[] {zeros[2]}, Tensor.full(Shape.of(), 0), new Tensor[] {normal(w.shape(), 8)}));
        }),
        WRITE(w -> w.write(new float[w.size()])),
        /** Nothing changes, and nothing may be forgotten wrongly either. */
        NONE(w -> { });

        private final Consumer<Tensor> change;

        Change(Consumer<Tensor> change) {
            this.change = change;
        }
    }

    @ParameterizedTest
    @EnumSource
    void changedWeightsCount(Change how) {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Autograd.noGrad(() -> {
                Tensor w = normal(Shape.of(64, 3, 3, 64), 1);
                Tensor up = normal(Shape.of(64, 4, 4, 64), 2);
                for (int i = 0; i < 4; i++) {
                    check(w, up);
                }
                how.change.accept(w);
                how.change.accept(up);
                for (int i = 0; i < 4; i++) {
                    check(w, up);
                }
                return null;
            });
        }
    }

    /** Memory that held weights and holds others now. */
    @Test
    void memoryUsedAgainIsNew() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            Autograd.noGrad(() -> {
                for (int seed = 0; seed < 3; seed++) {
                    try (Scope step = Scope.open()) {
                        Tensor w = normal(Shape.of(64, 3, 3, 64), seed).mul(1.5);
                        Tensor up = normal(Shape.of(64, 4, 4, 64), seed).mul(1.5);
                        for (int i = 0; i < 3; i++) {
                            check(w, up);
                        }
                    }
                }
                return null;
            });
        }
    }

    private static void check(Tensor w, Tensor up) {
        try (Scope scope = Scope.open()) {
            Tensor x = normal(IMAGES, 3);
            Tensor copy = w.mul(1);
            Tensor upCopy = up.mul(1);
            assertArrayEquals(x.conv2d(copy, null, 1, 1).toArray(), x.conv2d(w, null, 1, 1).toArray());
            assertArrayEquals(x.convTranspose2d(upCopy, null, 2, 1).toArray(), x.convTranspose2d(up, null, 2, 1).toArray());
        }
    }

    private static Tensor normal(Shape shape, int seed) {
        return Tensor.normal(shape, new RandomKey(seed, 0, 0, 0));
    }
}
