package dev.langevin.training;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Mnist;
import dev.langevin.training.image.Png;
import java.nio.file.Path;

/**
 * Trains a score network on MNIST and draws digits with it: the whole path on one page, to be read from top to bottom.
 * What {@code ./langevin train mnist} does beyond this is the run's folder: log, checkpoints, resuming.
 *
 * <p>Arguments: the folder of the MNIST files (optional; else the cache folder, else they are fetched).
 */
public final class TrainMnist {
    private TrainMnist() {
    }

    public static void main(String[] args) {
        // What is trained and how: the U-Net, the variance-preserving SDE, noise prediction, AdamW.
        TrainConfig config = Presets.named("mnist");

        // 60,000 digits as images (28, 28, 1) in [-1, 1].
        Dataset digits = Mnist.train(args.length > 0 ? Path.of(args[0]) : null, System.out::println).dataset();

        // On the CPU; CudaBackend.device(Precision.BF16) in its place computes on an NVIDIA GPU.
        try (Backend backend = new CpuBackend(); Trainer trainer = new Trainer(config, digits, backend)) {
            System.out.printf("%,d weights%n", trainer.parameterCount());

            // Each step: perturb a batch by noise of random strength, predict the noise, descend (see Trainer.step).
            for (long step = 1; step <= config.run().steps(); step++) {
                Trainer.StepResult result = trainer.step(step);
                if (step % 50 == 0) {
                    System.out.printf("step %d of %d, loss %.4f%n", step, config.run().steps(), result.loss());
                }
            }

            // Run the SDE backwards from noise, with the score of the averaged weights.
            try (Scope scope = Scope.open(backend)) {
                NetworkScore score = trainer.averagedScore();
                float[] images = SampleSheet.draw(score, score.sde(), config.sampling().build(),
                        config.sampling().n(), digits.exampleShape(), SampleOptions.of(config.sampling().steps(), config.seed()));
                Png.write(Path.of("digits.png"), SampleSheet.picture(images, digits));
            }
            System.out.println("digits.png");
        }
    }
}
