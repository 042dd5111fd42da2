package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.LeNet;
import dev.langevin.model.nn.LeNetConfig;
import dev.langevin.model.nn.Parameters;
import dev.langevin.tests.engine.Backends;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Row Q-CLF: the network that classifies clean images, its features and its gradients. */
class LeNetTest {
    /** 7 pixels become 4 and 2. */
    private static final LeNetConfig CONFIG = new LeNetConfig(7, 2, 4, 5, 0.3, 3);

    private static Tensor images(int n) {
        return Tensor.normal(Shape.of(n, 7, 7, 2), new RandomKey(1, 1, 0, 0));
    }

    /** Features and logits, weighted by numbers that are their own, and squared. */
    private static Tensor loss(LeNet net, Tensor x) {
        LeNet.Output out = net.apply(x, new RandomKey(4, 4, 0, 1));
        Tensor logits = out.logits().mul(Tensor.normal(out.logits().shape(), new RandomKey(1, 2, 0, 0))).sum();
        return logits.add(out.logits().square().sum()).add(out.features().square().sum());
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            LeNet net = new LeNet(CONFIG, Parameters.create(2));
            Tensor x = images(2);
            NetworkGradientTest.check(net.parameters().map(), () -> loss(net, x));
        }
    }

    /** Four convolutions with their norms, the features of 2 x 2 pixels of 8 channels, the classes. */
    @Test
    void shapes() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            LeNet net = new LeNet(CONFIG, Parameters.create(2));
            LeNet.Output out = net.apply(images(3), null);
            assertEquals(Shape.of(3, 5), out.features().shape());
            assertEquals(Shape.of(3, 3), out.logits().shape());
            assertEquals((2 * 9 + 3) * 4 + (4 * 9 + 3) * 4 + (4 * 9 + 3) * 8 + (8 * 9 + 3) * 8 + (32 + 1) * 5 + (5 + 1) * 3, net.parameters().count());
            assertThrows(ShapeException.class, () -> net.apply(Tensor.zeros(Shape.of(3, 8, 8, 2)), null));
        }
    }

    /** To the bit, in each batch the same; training drops features before the classes, and what is given as features is whole. */
    @Test
    void featuresAreAnImagesOwn() {
        try (CpuBackend backend = new CpuBackend(); Scope scope = Scope.open(backend)) {
            LeNet net = new LeNet(new LeNetConfig(28, 1, 8, 16, 0.3, 10), Parameters.create(2));
            Tensor x = Tensor.normal(Shape.of(9, 28, 28, 1), new RandomKey(1, 1, 0, 0));
            float[] pixels = x.toArray();
            LeNet.Output together = net.apply(x, null);
            for (int i = 0; i < 9; i++) {
                LeNet.Output alone = net.apply(Tensor.of(Shape.of(1, 28, 28, 1), Arrays.copyOfRange(pixels, i * 784, i * 784 + 784)), null);
                assertArrayEquals(alone.features().toArray(), Arrays.copyOfRange(together.features().toArray(), i * 16, i * 16 + 16), "features of " + i);
                assertArrayEquals(alone.logits().toArray(), Arrays.copyOfRange(together.logits().toArray(), i * 10, i * 10 + 10), "logits of " + i);
            }
            LeNet.Output dropped = net.apply(x, new RandomKey(1, 2, 0, 0));
            assertArrayEquals(together.features().toArray(), dropped.features().toArray());
            assertFalse(Arrays.equals(together.logits().toArray(), dropped.logits().toArray()));
        }
    }

    /** Outputs and gradients, CUDA's emulator among the backends. */
    @Test
    void everyBackendAgreesWithTheReference() {
        double[][] exact;
        try (ReferenceBackend backend = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            exact = valueAndGradients();
        }
        double[] largest = new double[2]; // of the features, of the gradients
        for (int i = 0; i < exact.length; i++) {
            largest[Math.min(1, i)] = Math.max(largest[Math.min(1, i)], Arrays.stream(exact[i]).map(Math::abs).max().orElseThrow());
        }
        for (Backend backend : Backends.fast()) {
            try (Scope scope = Scope.open(backend)) {
                double[][] fast = valueAndGradients();
                for (int i = 0; i < exact.length; i++) {
                    assertArrayEquals(exact[i], fast[i], 1e-5 * largest[Math.min(1, i)], Backends.label(backend) + ", tensor " + i);
                }
            }
        }
    }

    private static double[][] valueAndGradients() {
        LeNet net = new LeNet(CONFIG, Parameters.create(2));
        Tensor x = images(3);
        Tensor[] g = Autograd.gradients(loss(net, x), false, net.parameters().map().values().toArray(Tensor[]::new));
        double[][] all = new double[g.length + 1][];
        all[0] = net.apply(x, null).features().toDoubles();
        for (int i = 0; i < g.length; i++) {
            all[i + 1] = g[i].toDoubles();
        }
        return all;
    }

    @Test
    void whatCannotBeBuiltIsRefused() {
        NoiseLabelTest.refuses("image-size 3 ", () -> new LeNetConfig(3, 1, 4, 5, 0, 2));
        NoiseLabelTest.refuses("channels 0 ", () -> new LeNetConfig(8, 0, 4, 5, 0, 2));
        NoiseLabelTest.refuses("width 6 is no multiple of 4", () -> new LeNetConfig(8, 1, 6, 5, 0, 2));
        NoiseLabelTest.refuses("features 0 ", () -> new LeNetConfig(8, 1, 4, 0, 0, 2));
        NoiseLabelTest.refuses("dropout 1.0 ", () -> new LeNetConfig(8, 1, 4, 5, 1, 2));
        NoiseLabelTest.refuses("classes 1 ", () -> new LeNetConfig(8, 1, 4, 5, 0, 1));
        NoiseLabelTest.refuses("image-size 65536", () -> new LeNetConfig(65536, 1, 4, 5, 0, 2));
    }
}
