package dev.langevin.training;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.Known;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.RandomMasks;
import dev.langevin.training.image.ImageGrid;
import java.awt.image.BufferedImage;
import java.util.List;

/** The sample grid of a network that is told a part of the image: pairs of what is known of an image and what was drawn around it. */
final class InpaintSheet {
    private InpaintSheet() {
    }

    /**
     * Draws what is hidden of the first n examples under random masks, those of the options' seed. What is hidden is grey in the pair's first image; known pixels
     * of the second are the example's.
     *
     * @param examples images, taken again from the first where there are fewer than n
     */
    static BufferedImage draw(NetworkScore score, Sampler sampler, Dataset examples, int n, SampleOptions options) {
        int[] shape = examples.exampleShape();
        int size = examples.exampleSize();
        float[] images = new float[SampleSheet.length(n, shape)];
        for (int i = 0; i < n; i++) {
            examples.copy(i % examples.size(), images, i * size);
        }
        float[] masks = new RandomMasks(0, List.of(RandomMasks.Kind.values()))
                .draw(options.seed(), TrainingPurpose.SHEET_MASK.code(), 0, 0, n, shape[0], shape[1]);
        Shape all = Shape.of(n, shape[0], shape[1], shape[2]);
        try (Scope scope = Scope.open()) {
            Known known = Known.of(Tensor.of(all, images), Tensor.of(Shape.of(n, shape[0], shape[1], 1), masks));
            float[] drawn = SampleSheet.draw(score.given(known), score.sde(), sampler, n, shape, options);
            Tensor result = Autograd.noGrad(() -> known.into(Tensor.of(all, drawn)));
            float[] pairs = Tensor.concat(1, known.values().reshape(n, 1, size), result.reshape(n, 1, size)).toArray();
            return ImageGrid.of(pairs, 2 * n, shape[0], shape[1], shape[2], 2 * ImageGrid.squareColumns(n));
        }
    }
}
