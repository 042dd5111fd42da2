package dev.langevin.model.nn;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.List;

/**
 * A small classifier of clean images, in the line of LeNet (LeCun et al. 1998, "Gradient-based learning applied to document
 * recognition"): four 3x3 convolutions, the first and the third of stride 2, each followed by group normalisation and SiLU, then a
 * linear layer with SiLU, whose activations are the features, and a linear layer to the classes.
 *
 * <p>Weight names: {@code conv.i}, {@code norm.i}, {@code features}, {@code out}. The weight of {@code features} takes pixels row by row,
 * the channels of each together.
 */
public final class LeNet {
    /** Groups that channels are normalised in. */
    static final int GROUPS = 4;

    /**
     * What it says of N images.
     *
     * @param features activations before the last layer (N, d)
     * @param logits ln p(y | x) up to a constant of each image (N, K)
     */
    public record Output(Tensor features, Tensor logits) {
    }

    private final LeNetConfig config;
    private final Parameters parameters;
    private final List<Conv> convs = new ArrayList<>();
    private final List<Norm> norms = new ArrayList<>();
    private final Linear features;
    private final Linear out;

    /** Builds the layers over {@code p}, making the weights that are not there. */
    public LeNet(LeNetConfig config, Parameters p) {
        this.config = config;
        this.parameters = p;
        int width = config.width();
        add(p, config.channels(), width, 2);
        add(p, width, width, 1);
        add(p, width, 2 * width, 2);
        add(p, 2 * width, 2 * width, 1);
        int quarter = (config.imageSize() + 3) / 4;
        features = new Linear(p.in("features"), quarter * quarter * 2 * width, config.features());
        out = new Linear(p.in("out"), config.features(), config.classes());
    }

    private void add(Parameters p, int in, int channels, int stride) {
        int i = convs.size();
        convs.add(Conv.of(p.in("conv." + i), in, channels, 3, stride));
        norms.add(new Norm(p.in("norm." + i), channels, GROUPS));
    }

    /**
     * Recorded if recording is on. An image's output does not depend on the others.
     *
     * @param x images (N, H, W, C) in [-1, 1]
     * @param dropout random numbers for dropout of the features while training, null to evaluate without it
     */
    public Output apply(Tensor x, RandomKey dropout) {
        Shape images = Shape.of(x.dim(0), config.imageSize(), config.imageSize(), config.channels());
        if (!x.shape().equals(images)) {
            throw new ShapeException("lenet", "images " + images, x.shape());
        }
        Tensor h = x;
        for (int i = 0; i < convs.size(); i++) {
            h = norms.get(i).silu(convs.get(i).apply(h));
        }
        Tensor seen = features.apply(h.reshape(x.dim(0), -1)).silu();
        Tensor kept = dropout == null || config.dropout() == 0 ? seen : seen.dropout(config.dropout(), dropout);
        return new Output(seen, out.apply(kept));
    }

    /** What it was built from. */
    public LeNetConfig config() {
        return config;
    }

    /** The weights, in the order in which the layers were built. */
    public Parameters parameters() {
        return parameters;
    }
}
