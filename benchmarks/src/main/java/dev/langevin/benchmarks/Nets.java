package dev.langevin.benchmarks;

import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.cli.OpWork;
import dev.langevin.model.nn.UNetConfig;
import dev.langevin.training.Presets;
import dev.langevin.training.TrainConfig;
import java.util.List;
import java.util.function.Consumer;

/** The networks that are measured, by name. */
public final class Nets {
    private Nets() {
    }

    /**
     * A preset, or {@code small}: {@code mnist-unet} with 32, 64 and 64 channels.
     *
     * @throws InputException when there is none of this name
     */
    public static TrainConfig named(String name, int batch) {
        if (!name.equals("small")) {
            return Presets.named(name).withBatch(batch);
        }
        TrainConfig c = Presets.named("mnist-unet").withBatch(batch);
        UNetConfig u = c.unet();
        return with(c, 32, List.of(1, 2, 2), u.dropout());
    }

    /** The same network without dropout. */
    public static TrainConfig withoutDropout(TrainConfig c) {
        return with(c, c.unet().baseChannels(), c.unet().channelMults(), 0);
    }

    private static TrainConfig with(TrainConfig c, int baseChannels, List<Integer> channelMults, double dropout) {
        UNetConfig u = c.unet();
        UNetConfig unet = new UNetConfig(u.imageSize(), u.channels(), baseChannels, channelMults, u.resBlocks(), u.timeEmbedding(),
                u.timeFeatures(), u.timeScale(), u.conditioning(), u.upsampling(), u.attention(), u.middleAttention(),
                u.heads(), u.groups(), dropout, u.zeroInit());
        return c.withUnet(unet);
    }

    /** FLOPs, in 1e9, of what {@code work} does on a backend of its own, as {@link OpWork} counts them. */
    public static double gigaflops(Consumer<CpuBackend> work) {
        double[] flops = {0};
        try (CpuBackend backend = new CpuBackend()) {
            backend.kernels().wrap(kernel -> (op, in, out) -> {
                kernel.run(op, in, out);
                flops[0] += OpWork.of(op, in, out).flops();
            });
            work.accept(backend);
        }
        return flops[0] * 1e-9;
    }
}
