package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What NCSN++ carries beside the way down, half the size from level to level (Song et al. 2021, appendix H): copies of the
 * image, each added through a 1x1 convolution (input-skip), or a chain of convolutions that starts at the image and takes
 * in the features of each level, whose place it takes (residual).
 */
final class ProgressiveInput {
    private final UNetConfig config;
    private final boolean residual;
    private final List<UnaryOperator<Tensor>> smaller = new ArrayList<>();
    private final List<Conv> joins = new ArrayList<>(); // of input-skip

    ProgressiveInput(UNetConfig config) {
        this.config = config;
        this.residual = config.ncsnpp().progressiveInput().equals("residual");
    }

    /** Makes the weights that lead from {@code level} to the next. */
    void add(Parameters p, int level) {
        Resampling resampling = new Resampling(config, level);
        if (residual) {
            smaller.add(resampling.downsample(p, level == 0 ? config.channels() : config.width(level - 1), config.width(level)));
        } else {
            smaller.add(resampling::down);
            joins.add(Conv.of(p, config.channels(), config.width(level), 1, 1));
        }
    }

    /** What is carried below {@code level}, from what was carried there and the downsampled features {@code h}. */
    Tensor next(int level, Tensor carried, Tensor h) {
        Tensor next = smaller.get(level).apply(carried);
        return residual ? ResBlock.rescaled(next.add(h), config) : next;
    }

    /** The features with what is carried beside them. */
    Tensor joined(int level, Tensor carried, Tensor h) {
        return residual ? carried : joins.get(level).applyPlus(carried, h);
    }
}
