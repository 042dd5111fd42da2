package dev.langevin.model.nn;

import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The way up of a U-Net, from the last level to the first: residual blocks, each of which takes what runs and one skip, then
 * twice the size; at the end the output convolution, which starts at zero.
 */
final class WayUp {
    private final List<List<Layer>> levels = new ArrayList<>(); // the last first
    private final List<Layer> upsample = new ArrayList<>();
    private final ProgressiveOutput output; // null where there is none
    private final OutputHead head;

    /** @param skips channels of the skips, of which it pops one a block */
    WayUp(Parameters p, UNetConfig config, Deque<Integer> skips) {
        output = config.ncsnpp().progressiveOutput().equals("none") ? null : new ProgressiveOutput(config);
        int ch = config.width(config.levels() - 1);
        int block = 0;
        for (int level = config.levels() - 1; level >= 0; level--) {
            List<Layer> stages = new ArrayList<>();
            for (int b = 0; b <= config.resBlocks(); b++) {
                stages.add(new Stage(p, "decoder", block++, ch + skips.pop(), config.width(level), level, config));
                ch = config.width(level);
            }
            levels.add(stages);
            if (output != null) {
                output.add(p.in("progressive_output." + level), level);
            }
            if (level > 0) {
                upsample.add(upsample(p.in("upsample." + upsample.size()), config, level));
            }
        }
        head = OutputHead.zero(p.in("out_norm"), p.in("out_conv"), ch, config);
    }

    private static Layer upsample(Parameters p, UNetConfig config, int level) {
        Resampling resampling = new Resampling(config, level - 1);
        int ch = config.width(level);
        if (config.ncsnpp().biggan()) {
            ResBlock block = new ResBlock(p, ch, ch, config, resampling::up);
            return (x, pass) -> Scope.tidy(() -> block.apply(x, pass));
        }
        UnaryOperator<Tensor> larger = resampling.upsample(p, ch, ch);
        return (x, pass) -> larger.apply(x);
    }

    /**
     * @param h what runs at the last level
     * @param skips outputs of the way down, all of which are popped
     * @return (N, H, W, channels)
     */
    Tensor apply(Tensor h, Pass pass, Deque<Tensor> skips) {
        Tensor larger = null;
        int block = 0;
        for (int i = 0; i < levels.size(); i++) {
            for (Layer stage : levels.get(i)) {
                h = pass.seen("decoder.", block++, stage.apply(Tensor.concat(3, h, skips.pop()), pass));
            }
            if (output != null) {
                larger = output.next(i, larger, h);
                h = output.joined(i, larger, h);
            }
            if (i < upsample.size()) {
                h = pass.seen("upsample.", i, upsample.get(i).apply(h, pass));
            }
        }
        Tensor y = head.apply(h);
        return output == null ? y : output.finished(larger, y);
    }
}
