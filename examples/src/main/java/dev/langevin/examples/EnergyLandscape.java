package dev.langevin.examples;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.NetworkEnergy;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.compare.MixtureDataset;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.image.Png;
import dev.langevin.training.run.TomlConfig;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An energy learned without its normalising constant, by derivatives of derivatives: the score is the gradient of a network, and
 * sliced score matching takes the derivative of that, and training the derivative of that again.
 *
 * <p>One learns: a run as a configuration; E = -ln p - ln Z; that on the plane Z is a sum, so that the energy gives a density,
 * which is drawn beside the data and the exact one.
 *
 * <p>Time: 10 seconds. Prerequisites: Song et al. 2019 (sliced score matching); LeCun et al. 2006 (energy-based models).
 *
 * <p>Arguments: the folder for the picture (optional, else this one), and how many steps to train (optional).
 */
public final class EnergyLandscape {
    private static final String CONFIG = """
            network = "energy-mlp"
            mlp = { width = 64, depth = 2 }
            objective = { kind = "ssm-vr" }
            optimiser = { batch = 256, learning-rate = 4e-3, warmup-steps = 20, last-learning-rate = 0.0, ema-decay = 0.99 }
            """;
    private static final double TIME = 0.2;
    private static final Plane PLANE = new Plane(3.5, 64);

    private EnergyLandscape() {
    }

    public static void main(String[] args) {
        Path picture = Path.of(args.length > 0 ? args[0] : ".").resolve("energy.png");
        TrainConfig config = TomlConfig.parse(CONFIG, "this example", TrainConfig.class).withSteps(args.length > 1 ? Integer.parseInt(args[1]) : 1000);
        Dataset data = new MixtureDataset(1, 50_000);
        try (Backend backend = new CpuBackend(); Trainer trainer = new Trainer(config, data, backend)) {
            for (long step = 1; step <= config.run().steps(); step++) {
                double loss = trainer.step(step).loss();
                if (step % 100 == 0) {
                    System.out.printf("step %d, loss %.3f%n", step, loss);
                }
            }
            NetworkScore score = trainer.averagedScore();
            NetworkEnergy energy = new NetworkEnergy(score);

            // E at every cell of the plane, and ln p_t of the data under the noise of that time.
            double[] e;
            try (Scope scope = Scope.open(backend)) {
                e = Autograd.noGrad(() -> energy.energy(PLANE.centres(), TIME)).toDoubles();
            }
            double[] exact = new double[PLANE.cells()];
            for (int i = 0; i < exact.length; i++) {
                exact[i] = MixtureDataset.logDensity(score.sde(), PLANE.centre(i), TIME);
            }

            // p = exp(-E) / Z, Z = sum of exp(-E) times the area of a cell; E less its least value keeps exp in range.
            double least = Arrays.stream(e).min().orElseThrow();
            double z = Arrays.stream(e).map(v -> Math.exp(least - v)).sum() * PLANE.cellArea();
            double[] p = Arrays.stream(e).map(v -> Math.exp(least - v) / z).toArray();
            double[] truth = Arrays.stream(exact).map(Math::exp).toArray();
            Png.write(picture, PLANE.picture(PLANE.histogram(data, data.size()), p, truth));
            System.out.println(picture + ": the data, the density by the energy, the exact density at t = " + TIME);

            // Along the middle row, where two of the three components lie.
            System.out.println("    x      E + ln Z    -ln p");
            for (int i = 0; i < PLANE.side(); i += 8) {
                int cell = PLANE.side() / 2 * PLANE.side() + i;
                System.out.printf("%5.2f   %11.2f   %6.2f%n", PLANE.centre(cell)[0], -Math.log(p[cell]), -exact[cell]);
            }

            double distance = 0;
            double divergence = 0;
            for (int i = 0; i < p.length; i++) {
                distance += 0.5 * Math.abs(p[i] - truth[i]) * PLANE.cellArea();
                divergence += truth[i] * (exact[i] - Math.log(p[i])) * PLANE.cellArea();
            }
            Check.within("sum of the exact density over the plane", Arrays.stream(truth).sum() * PLANE.cellArea(), 0.999, 1.001);
            Check.atMost("total variation distance from the exact density", distance, 0.1);
            Check.atMost("Kullback-Leibler divergence in nats", divergence, 0.02);
        }
    }
}
