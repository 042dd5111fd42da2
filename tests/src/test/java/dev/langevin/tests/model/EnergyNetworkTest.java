package dev.langevin.tests.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.EnergyNetwork;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.model.score.Jacobian;
import dev.langevin.model.score.NetworkEnergy;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Row M-EBM, and M-SCORE-INV for networks: a score that is the gradient of a scalar has a symmetric Jacobian, a plain network's has none. */
class EnergyNetworkTest {
    private static final double T = 0.3;

    private final ReferenceBackend backend = new ReferenceBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    private static ScoreMlp mlp() {
        return new ScoreMlp(3, 12, 2, 10, Parameters.create(2));
    }

    private static ScoreUNet unet() {
        UNetConfig config = new UNetConfig(4, 1, 4, List.of(1, 2), 1, 6, "sinusoidal", 10, "film", "nearest", List.of(2), true, 2, 2, 0, false);
        ScoreUNet net = new ScoreUNet(config, Parameters.create(2));
        Tensor out = net.parameters().map().get("out_conv.weight"); // zero at first
        out.write(Tensor.normal(Shape.of(1, out.size()), new RandomKey(3, 3, 0, 0)).toArray());
        return net;
    }

    private static Tensor times(Tensor x) {
        return Tensor.full(Shape.of(x.dim(0)), T);
    }

    @Test
    void theOutputIsTheGradientOfThePotential() {
        EnergyNetwork net = new EnergyNetwork(mlp());
        Tensor x = Tensor.normal(Shape.of(4, 3), new RandomKey(1, 1, 0, 0));
        double[] recorded = net.forward(x, times(x), null).toDoubles();
        Tensor alone = Autograd.noGrad(() -> net.forward(x, times(x), null));
        assertFalse(alone.requiresGrad());
        assertArrayEquals(recorded, alone.toDoubles(), "sampling sees what training made");
        double h = 1e-5;
        for (int j = 0; j < 3; j++) {
            double[] unit = new double[3];
            unit[j] = h;
            Tensor step = Tensor.of(Shape.of(1, 3), unit);
            double[] up = net.potential(x.add(step), times(x), null, null).toDoubles();
            double[] down = net.potential(x.sub(step), times(x), null, null).toDoubles();
            for (int i = 0; i < 4; i++) {
                assertEquals((up[i] - down[i]) / (2 * h), recorded[i * 3 + j], 1e-8);
            }
        }
    }

    /** Without a graph the pool has after many calls what it had after the first: the result is all that stays. */
    @Test
    void samplingKeepsNothing() {
        EnergyNetwork net = new EnergyNetwork(unet());
        Tensor x = Tensor.normal(Shape.of(2, 4, 4, 1), new RandomKey(1, 1, 0, 0));
        long held = 0;
        for (int i = 0; i < 20; i++) {
            try (Scope step = Scope.open()) {
                Autograd.noGrad(() -> net.forward(x, times(x), null));
            }
            held = i == 0 ? backend.bytesHeld() : held;
            assertEquals(held, backend.bytesHeld());
        }
    }

    /** Greatest |J - J^T| over the greatest |J|, of the first example. */
    private static double asymmetry(ScoreNetwork network, Shape shape) {
        Tensor x = Tensor.normal(shape, new RandomKey(1, 1, 0, 0));
        Jacobian jacobian = Jacobian.of(u -> network.forward(u, times(u), null), x, false);
        int d = x.size() / x.dim(0);
        double[][] rows = new double[d][];
        for (int i = 0; i < d; i++) {
            double[] unit = new double[x.size()];
            unit[i] = 1;
            rows[i] = jacobian.transposedTimes(Tensor.of(shape, unit)).toDoubles();
        }
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                difference = Math.max(difference, Math.abs(rows[i][j] - rows[j][i]));
                largest = Math.max(largest, Math.abs(rows[i][j]));
            }
        }
        return difference / largest;
    }

    @Test
    void onlyTheJacobianOfAGradientIsSymmetric() {
        Shape points = Shape.of(2, 3);
        Shape images = Shape.of(2, 4, 4, 1);
        assertEquals(0, asymmetry(new EnergyNetwork(mlp()), points), 1e-12);
        assertEquals(0, asymmetry(new EnergyNetwork(unet()), images), 1e-12);
        assertTrue(asymmetry(mlp(), points) > 0.3, "a plain MLP's: " + asymmetry(mlp(), points));
        assertTrue(asymmetry(unet(), images) > 0.3, "a plain U-Net's: " + asymmetry(unet(), images));
    }

    /** Under every parametrisation and process the score is minus the energy's gradient. */
    @Test
    void theScoreIsMinusTheGradientOfTheEnergy() {
        EnergyNetwork net = new EnergyNetwork(mlp());
        Tensor x = Tensor.normal(Shape.of(4, 3), new RandomKey(1, 1, 0, 0));
        for (Sde sde : Sdes.all()) {
            for (Parametrisation p : Parametrisation.ALL) {
                for (double t : new double[] {0.01, 0.3, 1}) {
                    NetworkScore network = new NetworkScore(net, p, sde);
                    double[] score = network.score(x, t).toDoubles();
                    Jacobian energy = Jacobian.of(u -> new NetworkEnergy(network).energy(u, t), x, false);
                    double[] gradient = energy.transposedTimes(Tensor.full(Shape.of(4), -1)).toDoubles();
                    double largest = Arrays.stream(score).map(Math::abs).max().orElseThrow();
                    assertArrayEquals(score, gradient, 1e-12 * largest, sde.name() + " " + p.name() + " t = " + t);
                }
            }
        }
        assertThrows(InputException.class, () -> new NetworkEnergy(new NetworkScore(mlp(), Parametrisation.NOISE, Sdes.named("vp"))));
    }
}
