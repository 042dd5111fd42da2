package dev.langevin.benchmarks.peer;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * An op that both libraries differentiate. Forward is timed without recording; forward + backward through each side's own
 * autograd, with the gradient to every input (image, weight, bias).
 *
 * @param name for people
 * @param forward what the forward pass does, in 1e9 of the unit
 * @param both forward and backward together
 * @param unit as in {@link Match}
 * @param bar as in {@link Match}
 * @param langevin the op
 * @param forms the same in libtorch
 * @param inputs shapes in Langevin; their values are standard normal
 */
record DifferentiableOp(String name, double forward, double both, String unit, double bar, Function<Tensor[], Tensor> langevin,
        List<TorchForm> forms, List<Shape> inputs) implements PeerOp {
    private static final int PURPOSE = 0x0B5;

    @Override
    public List<Match> matches() {
        Tensor[] in = new Tensor[inputs.size()];
        for (int i = 0; i < in.length; i++) {
            in[i] = Tensor.normal(inputs.get(i), new RandomKey(1, PURPOSE, i << 16, 0));
        }
        Tensor[] leaves = Arrays.stream(in).map(Tensor::requireGrad).toArray(Tensor[]::new);
        Tensor y = langevin.apply(leaves);
        Tensor dy = Tensor.normal(y.shape(), new RandomKey(1, PURPOSE, in.length << 16, 0));
        List<float[]> results = new ArrayList<>();
        results.add(y.toArray());
        for (Tensor g : Autograd.gradients(y, dy, false, leaves)) {
            results.add(g.toArray());
        }
        List<TorchForm.Values> values = Arrays.stream(in).map(TorchForm.Values::of).toList();
        List<TorchForm.Bound> peers = forms.stream().map(f -> f.on(values, TorchForm.Values.of(dy))).toList();
        double difference = 0;
        for (TorchForm.Bound peer : peers) {
            difference = Math.max(difference, Match.difference(name + " (libtorch " + peer.form().name() + ")", results, peer.results()));
        }
        return List.of(
                new Match(name, "forward", forward, unit, bar, difference, work(() -> Autograd.noGrad(() -> langevin.apply(in).shape())),
                        peers.stream().map(TorchForm.Bound::forward).toList()),
                new Match(name, "fwd + bwd", both, unit, bar, difference,
                        work(() -> Autograd.gradients(langevin.apply(leaves), dy, false, leaves)),
                        peers.stream().map(TorchForm.Bound::both).toList()));
    }

    /** Work whose tensors are freed at its end. */
    static Turns.Work work(Supplier<?> body) {
        return Turns.Work.langevin(() -> {
            try (Scope step = Scope.open()) {
                body.get();
            }
        });
    }
}
