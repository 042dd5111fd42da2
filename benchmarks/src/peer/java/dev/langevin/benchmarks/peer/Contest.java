package dev.langevin.benchmarks.peer;

import dev.langevin.benchmarks.Nets;
import dev.langevin.benchmarks.RandomExamples;
import dev.langevin.engine.Autograd;
import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * One U-Net three times, with the same weights: in Langevin, in libtorch's default layout and in its channels-last
 * layout. Making it checks that they agree.
 */
final class Contest implements AutoCloseable {
    /** Rounding of float32 in two orders of summation; a wrong layer is off by a thousand times that. */
    private static final double TOLERANCE = 1e-4;
    private static final List<String> NETS = List.of("small", "mnist-unet");
    private static final int PURPOSE = 0xBE4C;
    private static final int AGREEMENT_BATCH = 8;

    private final CpuBackend backend = new CpuBackend();
    private final Scope scope = Scope.open(backend);
    private final Tensor x;
    private final Tensor t;
    private final ScoreNetwork network;
    private final Trainer trainer;
    private final Map<String, TorchUNet> peers = new LinkedHashMap<>();
    private final Map<String, TorchTrainer> peerTrainers = new LinkedHashMap<>();
    private final Map<String, Agreement> agreements = new LinkedHashMap<>();

    /** The configuration of a net by name, without dropout. */
    static TrainConfig config(String name, int batch) {
        if (!NETS.contains(name)) {
            throw new InputException("--net " + name + ": choose small, mnist-unet or both with a comma between");
        }
        return Nets.withoutDropout(Nets.named(name, batch));
    }

    /** @throws LangevinException when outputs or gradients differ by more than 1e-4 of the largest */
    Contest(TrainConfig config, int batch) {
        int pixels = config.unet().imageSize();
        Shape images = Shape.of(batch, pixels, pixels, 1);
        x = Tensor.normal(images, key(0));
        t = Tensor.full(Shape.of(batch), 0.5);
        network = config.build(Parameters.create(config.seed()));
        // Zero at first, it would hide everything before it from the check.
        Tensor last = network.parameters().map().get("out_conv.weight");
        last.write(Tensor.uniform(Shape.of(1, last.size()), key(1)).sub(0.5).mul(0.1).toArray());
        Map<String, Safetensors.Entry> weights = TensorFiles.entries("", network.parameters().map());
        Map<String, MemoryFormat> formats = new LinkedHashMap<>();
        formats.put("default layout", MemoryFormat.Contiguous);
        formats.put("channels last", MemoryFormat.ChannelsLast);
        formats.forEach((name, format) -> {
            peers.put(name, new TorchUNet(config.unet(), weights, format));
            peerTrainers.put(name, new TorchTrainer(peers.get(name), config));
        });
        check(config, weights, pixels);

        trainer = new Trainer(config, new RandomExamples(batch, config.exampleShape()), backend);
        Map<String, Safetensors.Entry> state = trainer.state(0);
        weights.forEach((name, entry) -> state.put("model." + name, entry));
        trainer.restore(state, "weights");
    }

    private void check(TrainConfig config, Map<String, Safetensors.Entry> weights, int pixels) {
        Shape shape = Shape.of(AGREEMENT_BATCH, pixels, pixels, 1);
        Agreement.Batch batch = new Agreement.Batch(AGREEMENT_BATCH, pixels, Tensor.normal(shape, key(3)).toArray(),
                Tensor.normal(shape, key(4)).toArray(), key(4),
                config.objective().times().draw(config.sde().build(), 1, 1, 0, AGREEMENT_BATCH, AGREEMENT_BATCH));
        Agreement.Values ours = Agreement.langevin(config, weights, batch, backend);
        peers.forEach((name, peer) -> {
            Agreement a = Agreement.of(ours, Agreement.libtorch(peer, peerTrainers.get(name), batch));
            if (!a.within(TOLERANCE)) {
                throw new LangevinException("Langevin and libtorch (" + name + ") disagree, so times would mean nothing: " + a);
            }
            agreements.put(name, a);
        });
    }

    private static RandomKey key(int purpose) {
        return new RandomKey(1, PURPOSE + purpose, 0, 0);
    }

    long parameters() {
        return network.parameters().count();
    }

    /** How far Langevin and each layout of libtorch are apart. */
    Map<String, Agreement> agreements() {
        return agreements;
    }

    /** A training step of Langevin. */
    Turns.Work trainStep() {
        int[] step = {0};
        return Turns.Work.langevin(() -> trainer.step(++step[0]));
    }

    /** A training step of libtorch, in each layout. */
    List<Turns.Work> peerTrainSteps() {
        org.bytedeco.pytorch.Tensor x0 = peerImages();
        return peerWorks(name -> {
            int[] step = {0};
            return () -> peerTrainers.get(name).step(x0, ++step[0]);
        });
    }

    /** Langevin's output for a batch, without gradients. */
    Turns.Work forward() {
        return Turns.Work.langevin(() -> Autograd.noGrad(() -> {
            try (Scope step = Scope.open()) {
                return network.forward(x, t, null).shape();
            }
        }));
    }

    /** libtorch's output for the same batch, without gradients, in each layout. */
    List<Turns.Work> peerForwards() {
        org.bytedeco.pytorch.Tensor images = peerImages();
        org.bytedeco.pytorch.Tensor times = Libtorch.tensor(t.toArray(), t.size());
        return peerWorks(name -> () -> {
            try (PointerScope step = new PointerScope()) {
                new NoGradGuard(); // until the scope closes
                peers.get(name).forward(images, times);
            }
        });
    }

    private org.bytedeco.pytorch.Tensor peerImages() {
        return Libtorch.tensor(x.toArray(), x.dim(0), 1, x.dim(1), x.dim(2));
    }

    private List<Turns.Work> peerWorks(Function<String, Runnable> body) {
        return peers.keySet().stream().map(name -> Turns.Work.libtorch(name, body.apply(name))).toList();
    }

    @Override
    public void close() {
        trainer.close();
        scope.close();
        backend.close();
    }
}
