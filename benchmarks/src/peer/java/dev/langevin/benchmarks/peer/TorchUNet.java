package dev.langevin.benchmarks.peer;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.nn.UNetConfig;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * {@link dev.langevin.model.nn.ScoreUNet} in libtorch: a function of named weights in PyTorch's layouts. Additions whose
 * operand no gradient needs are done in place, which saves libtorch a pass over memory.
 */
final class TorchUNet {
    private static final double NORM_EPS = 1e-5;

    private final UNetConfig config;
    private final MemoryFormat format;
    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final Tensor frequencies; // (half)

    /**
     * @param entries weights under Langevin's names
     * @param format of images and of the weights of convolutions
     */
    TorchUNet(UNetConfig config, Map<String, Safetensors.Entry> entries, MemoryFormat format) {
        if (!config.conditioning().equals("shift") || !config.upsampling().equals("transposed") || !config.middleAttention()
                || !config.attention().isEmpty() || !config.timeFeatures().equals("sinusoidal") || config.dropout() != 0) {
            throw new InputException("side by side: only U-Nets with sinusoidal times added as a shift, transposed upsampling, "
                    + "attention in the middle alone and no dropout are written for libtorch");
        }
        this.config = config;
        this.format = format;
        entries.forEach((name, e) -> weights.put(name, laidOut(Libtorch.tensor(e.data(), e.shape())).requires_grad_(true)));
        int half = config.baseChannels() / 2;
        float[] f = new float[half];
        for (int i = 0; i < half; i++) {
            f[i] = (float) Math.exp(-i * Math.log(10000) / Math.max(1, half - 1));
        }
        this.frequencies = Libtorch.tensor(f, half);
    }

    /** The weights, leaves of the gradient. */
    Map<String, Tensor> weights() {
        return weights;
    }

    /** {@code x} in this network's layout; itself where it has it already. */
    Tensor laidOut(Tensor x) {
        return x.ndimension() == 4 ? x.contiguous(format) : x;
    }

    /**
     * @param x images (N, C, H, W)
     * @param t times (N)
     * @return (N, C, H, W)
     */
    Tensor forward(Tensor x, Tensor t) {
        Tensor embedding = Libtorch.tidy(() -> torch.silu(timeEmbedding(t)));
        Deque<Tensor> skips = new ArrayDeque<>();
        // One channel has no layout; what comes out of it must.
        Tensor h = Libtorch.tidy(() -> laidOut(conv("init_conv", x, 1)));
        skips.push(h);
        int levels = config.channelMults().size();
        for (int i = 0; i < levels * config.resBlocks(); i++) {
            h = block("encoder." + i, h, embedding);
            skips.push(h);
            int level = i / config.resBlocks();
            if ((i + 1) % config.resBlocks() == 0 && level < levels - 1) {
                h = conv("downsample." + level, h, 2);
                skips.push(h);
            }
        }
        h = attention("middle.1", block("middle.0", h, embedding));
        h = block("middle.2", h, embedding);
        for (int i = 0; i < levels * (config.resBlocks() + 1); i++) {
            Tensor running = h;
            Tensor skip = skips.pop();
            String name = "decoder." + i;
            h = Libtorch.tidy(() -> block(name, torch.cat(new TensorVector(running, skip), 1), embedding));
            int up = i / (config.resBlocks() + 1);
            if ((i + 1) % (config.resBlocks() + 1) == 0 && up < levels - 1) {
                h = up("upsample." + up, h);
            }
        }
        Tensor last = h;
        return Libtorch.tidy(() -> conv("out_conv", torch.silu(norm("out_norm", last)), 1));
    }

    private Tensor timeEmbedding(Tensor t) {
        Tensor angle = t.mul(new Scalar((float) config.timeScale())).reshape(-1, 1).mul(frequencies);
        Tensor features = torch.cat(new TensorVector(angle.sin(), angle.cos()), 1);
        return linear("time_emb.mlp.2", torch.silu(linear("time_emb.mlp.0", features)));
    }

    private Tensor block(String name, Tensor x, Tensor embedding) {
        return Libtorch.tidy(() -> {
            Tensor e = linear(name + ".time_mlp.1", embedding).reshape(x.size(0), -1, 1, 1);
            Tensor h = conv(name + ".conv1", torch.silu(norm(name + ".norm1", x)), 1).add_(e);
            h = conv(name + ".conv2", torch.silu(norm(name + ".norm2", h)), 1);
            return h.add_(weights.containsKey(name + ".skip.weight") ? conv(name + ".skip", x, 1) : x);
        });
    }

    private Tensor attention(String name, Tensor x) {
        return Libtorch.tidy(() -> {
            long n = x.size(0);
            long c = x.size(1);
            TensorVector qkv = conv(name + ".qkv", norm(name + ".norm", x), 1).permute(0, 2, 3, 1)
                    .reshape(n, -1, 3, config.heads(), c / config.heads()).permute(2, 0, 3, 1, 4).unbind(0); // each (N, heads, T, d)
            Tensor y = torch.scaled_dot_product_attention(qkv.get(0), qkv.get(1), qkv.get(2));
            Tensor image = y.transpose(1, 2).reshape(n, x.size(2), x.size(3), c).permute(0, 3, 1, 2);
            return conv(name + ".proj", laidOut(image), 1).add_(x);
        });
    }

    private Tensor up(String name, Tensor x) {
        return torch.conv_transpose2d(x, weights.get(name + ".weight"), bias(name), new long[] {2, 2}, new long[] {1, 1},
                new long[] {0, 0}, 1, 1, 1);
    }

    /** A convolution whose padding keeps the size at stride 1. */
    private Tensor conv(String name, Tensor x, int stride) {
        Tensor weight = weights.get(name + ".weight");
        long padding = weight.size(2) / 2;
        return torch.conv2d(x, weight, bias(name), new long[] {stride, stride}, new long[] {padding, padding}, new long[] {1, 1}, 1);
    }

    private Tensor linear(String name, Tensor x) {
        return torch.linear(x, weights.get(name + ".weight"), bias(name));
    }

    private Tensor norm(String name, Tensor x) {
        return torch.group_norm(x, config.groups(), new TensorOptional(weights.get(name + ".weight")), bias(name), NORM_EPS, false);
    }

    private TensorOptional bias(String name) {
        return new TensorOptional(weights.get(name + ".bias"));
    }
}
