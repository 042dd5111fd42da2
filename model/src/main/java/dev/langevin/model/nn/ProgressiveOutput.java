package dev.langevin.model.nn;

import dev.langevin.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What NCSN++ carries beside the way up, twice the size from level to level (Song et al. 2021, appendix H): the sum of an
 * image of each level, which is the output (output-skip), or a chain of convolutions that starts at the last level and
 * takes in the features of each, whose place it takes (residual).
 */
final class ProgressiveOutput {
    private final UNetConfig config;
    private final boolean residual;
    private final List<UnaryOperator<Tensor>> larger = new ArrayList<>(); // from each level to that above it, the last first
    private final List<OutputHead> heads = new ArrayList<>();             // of the last level; of output-skip, of all but the first

    ProgressiveOutput(UNetConfig config) {
        this.config = config;
        this.residual = config.ncsnpp().progressiveOutput().equals("residual");
    }

    /** Makes the weights of {@code level} and of the way to it from the one below; called for the last level first. */
    void add(Parameters p, int level) {
        int ch = config.width(level);
        boolean last = level == config.levels() - 1;
        if (!last) {
            Resampling resampling = new Resampling(config, level);
            larger.add(residual ? resampling.upsample(p.in("up"), config.width(level + 1), ch) : resampling::up);
        }
        if (residual && last) {
            heads.add(new OutputHead(new Norm(p.in("norm"), ch, config.groups()), Conv.of(p.in("conv"), ch, ch, 3, 1)));
        } else if (!residual && level > 0) {
            heads.add(OutputHead.zero(p.in("norm"), p.in("conv"), ch, config));
        }
    }

    /**
     * What is carried at level i, counted from the last; of output-skip, at the first level without its own image.
     *
     * @param carried from the level below; null at the last
     * @param h the level's features
     */
    Tensor next(int i, Tensor carried, Tensor h) {
        Tensor below = i == 0 ? null : larger.get(i - 1).apply(carried);
        if (residual) {
            return i == 0 ? heads.getFirst().apply(h) : ResBlock.rescaled(below.add(h), config);
        }
        if (i == heads.size()) {
            return below;
        }
        Tensor image = heads.get(i).apply(h);
        return below == null ? image : image.add(below);
    }

    /** The features at level i with what is carried beside them. */
    Tensor joined(int i, Tensor carried, Tensor h) {
        return residual && i > 0 ? carried : h;
    }

    /** The network's output, from the first level's own image {@code y}. */
    Tensor finished(Tensor carried, Tensor y) {
        return residual ? y : y.add(carried);
    }
}
