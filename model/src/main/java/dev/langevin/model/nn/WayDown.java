package dev.langevin.model.nn;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;

/** The way down of a U-Net: on each level residual blocks, then half the size. Every output is a skip. */
final class WayDown {
    private final List<List<Layer>> levels = new ArrayList<>();
    private final List<Layer> downsample = new ArrayList<>(); // after each level but the last
    private final ProgressiveInput input;                     // null where there is none

    /** @param skips channels of the skips so far, to which its own are pushed */
    WayDown(Parameters p, UNetConfig config, Deque<Integer> skips) {
        input = config.ncsnpp().progressiveInput().equals("none") ? null : new ProgressiveInput(config);
        int block = 0;
        for (int level = 0; level < config.levels(); level++) {
            List<Layer> stages = new ArrayList<>();
            for (int b = 0; b < config.resBlocks(); b++) {
                stages.add(new Stage(p, "encoder", block++, skips.peek(), config.width(level), level, config));
                skips.push(config.width(level));
            }
            levels.add(stages);
            if (level < config.levels() - 1) {
                downsample.add(downsample(p.in("downsample." + level), config, level));
                skips.push(config.width(level));
                if (input != null) {
                    input.add(p.in("progressive_input." + level), level);
                }
            }
        }
    }

    private static Layer downsample(Parameters p, UNetConfig config, int level) {
        Resampling resampling = new Resampling(config, level);
        int ch = config.width(level);
        if (config.ncsnpp().biggan()) {
            ResBlock block = new ResBlock(p, ch, ch, config, resampling::down);
            return (x, pass) -> Scope.tidy(() -> block.apply(x, pass));
        }
        UnaryOperator<Tensor> smaller = resampling.downsample(p, ch, ch);
        return (x, pass) -> smaller.apply(x);
    }

    /**
     * @param image x itself (N, H, W, channels), for progressive input
     * @param h features of it (N, H, W, C)
     * @param skips outputs so far, to which all of its own are pushed
     */
    Tensor apply(Tensor image, Tensor h, Pass pass, Deque<Tensor> skips) {
        Tensor smaller = image;
        int block = 0;
        for (int level = 0; level < levels.size(); level++) {
            for (Layer stage : levels.get(level)) {
                h = pass.seen("encoder.", block++, stage.apply(h, pass));
                skips.push(h);
            }
            if (level < downsample.size()) {
                h = pass.seen("downsample.", level, downsample.get(level).apply(h, pass));
                if (input != null) {
                    smaller = input.next(level, smaller, h);
                    h = input.joined(level, smaller, h);
                }
                skips.push(h);
            }
        }
        return h;
    }
}
