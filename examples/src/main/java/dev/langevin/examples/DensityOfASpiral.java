package dev.langevin.examples;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.adaptive.Tolerance;
import dev.langevin.sampling.likelihood.Divergence;
import dev.langevin.sampling.likelihood.OdeLikelihood;
import dev.langevin.training.DataLikelihood;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Datasets;
import dev.langevin.training.data.ToySets;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The density that a trained score stands for, by the change of variables along the probability-flow ODE.
 *
 * <p>One learns: how a score gives ln p at any point; that this density sums to 1, which no training enforces; what the mean over
 * held-out points says beside the data's own entropy: their difference is the Kullback-Leibler divergence.
 *
 * <p>Time: 40 seconds. Prerequisites: Song et al. 2021, section 4.3 and appendix D.2.
 *
 * <p>Arguments: the folder for the picture (optional, else this one), and how many steps to train (optional).
 */
public final class DensityOfASpiral {
    private static final Plane PLANE = new Plane(2.4, 48);
    private static final int HELD_OUT = 500;
    private static final double NOISE = 0.5;

    private DensityOfASpiral() {
    }

    public static void main(String[] args) {
        Path picture = Path.of(args.length > 0 ? args[0] : ".").resolve("spiral.png");
        TrainConfig config = Presets.named("swiss-roll").withSteps(args.length > 1 ? Integer.parseInt(args[1]) : 4000);
        Dataset data = Datasets.open(config.data(), null, config.seed(), System.out::println);
        Dataset test = Datasets.openTest(config.data(), null, config.seed(), System.out::println);
        try (Backend backend = new CpuBackend(); Trainer trainer = new Trainer(config, data, backend)) {
            for (long step = 1; step <= config.run().steps(); step++) {
                double loss = trainer.step(step).loss();
                if (step % 500 == 0) {
                    System.out.printf("step %d, loss %.3f%n", step, loss);
                }
            }
            NetworkScore score = trainer.averagedScore();
            OdeLikelihood likelihood = new OdeLikelihood(score.sde(), Tolerance.of(1e-3), Divergence.EXACT);

            try (Scope scope = Scope.open(backend)) {
                double[] nats = likelihood.of(score, PLANE.centres(), new RandomKey(1, 1, 0, 0), share -> { }).nats();
                double[] p = Arrays.stream(nats).map(Math::exp).toArray();
                Png.write(picture, PLANE.picture(PLANE.histogram(data, 50_000), p));
                System.out.println(picture + ": the data, the density of the model");

                DataLikelihood.Figures model = DataLikelihood.measure(score, likelihood, test, HELD_OUT, 1, 1, share -> { });
                double exact = 0;
                float[] point = new float[2];
                for (int i = 0; i < HELD_OUT; i++) {
                    test.copy(i, point, 0);
                    exact += logDensity(point[0], point[1]) / HELD_OUT;
                }
                System.out.println("mean ln p of held-out points, nats");
                System.out.printf("the data's own   %.3f%nthe model's      %.3f +- %.3f (%.0f evaluations of the score)%n", exact, model.mean(),
                        model.standardError(), model.evaluations());

                Check.within("sum of the density over the plane", Arrays.stream(p).sum() * PLANE.cellArea(), 0.97, 1.03);
                Check.within("nats below the data's own", exact - model.mean(), 0, 0.25);
            }
        }
    }

    /**
     * ln p of the spiral's points in the units of the data set: the mean of the normal density of deviation 0.5 about
     * (u cos u, u sin u), u uniform in [1.5 pi, 4.5 pi], by the middles of 2000 parts.
     */
    private static double logDensity(double x, double y) {
        var set = ToySets.named("swiss-roll");
        double sum = 0;
        for (int i = 0; i < 2000; i++) {
            double u = Math.PI * (1.5 + 3 * (i + 0.5) / 2000);
            double dx = set.centreX() + set.scale() * x - u * Math.cos(u);
            double dy = set.centreY() + set.scale() * y - u * Math.sin(u);
            sum += Math.exp(-0.5 * (dx * dx + dy * dy) / (NOISE * NOISE)) / 2000;
        }
        return Math.log(sum / (2 * Math.PI * NOISE * NOISE)) + 2 * Math.log(set.scale());
    }
}
