package dev.langevin.benchmarks.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/**
 * A way of doing an op in libtorch.
 *
 * @param layout of tensors of rank 4
 */
record TorchForm(String name, MemoryFormat layout, Function<Tensor[], Tensor> op) {
    /** The libtorch op in both of its layouts. */
    static List<TorchForm> layouts(Function<Tensor[], Tensor> op) {
        return List.of(new TorchForm("default layout", MemoryFormat.Contiguous, op),
                new TorchForm("channels last", MemoryFormat.ChannelsLast, op));
    }

    /** For tensors that are no images. */
    static TorchForm plain(String name, Function<Tensor[], Tensor> op) {
        return new TorchForm(name, MemoryFormat.Contiguous, op);
    }

    /** Elements in Langevin's order: tensors of rank 4 are (N, H, W, C) or (O, kh, kw, I), with the last axis second in libtorch. */
    record Values(int[] shape, float[] data) {
        static Values of(dev.langevin.engine.Tensor t) {
            return new Values(t.shape().dims(), t.toArray());
        }
    }

    /** This form on its inputs, within the pointer scope that is open. */
    Bound on(List<Values> inputs, Values upstream) {
        Tensor[] leaves = inputs.stream().map(v -> tensor(v).requires_grad_(true)).toArray(Tensor[]::new);
        return new Bound(this, leaves, tensor(upstream));
    }

    private Tensor tensor(Values v) {
        Tensor same = Libtorch.tensor(v.data(), v.shape());
        return v.shape().length == 4 ? same.permute(0, 3, 1, 2).contiguous(layout).detach() : same;
    }

    /** A form with its inputs, leaves of the gradient, and an upstream gradient. */
    record Bound(TorchForm form, Tensor[] leaves, Tensor dy) {
        /** Forward without a gradient. */
        Turns.Work forward() {
            return Turns.Work.libtorch(form.name, () -> {
                try (PointerScope step = new PointerScope()) {
                    new NoGradGuard(); // until the scope closes
                    form.op.apply(leaves);
                }
            });
        }

        /** Forward, and backward to all inputs. */
        Turns.Work both() {
            return Turns.Work.libtorch(form.name, () -> {
                try (PointerScope step = new PointerScope()) {
                    gradients(form.op.apply(leaves));
                }
            });
        }

        /** The output, then the gradients to all inputs, in Langevin's order. */
        List<float[]> results() {
            try (PointerScope step = new PointerScope()) {
                Tensor y = form.op.apply(leaves);
                TensorVector gradients = gradients(y);
                List<float[]> results = new ArrayList<>();
                results.add(array(y));
                for (int i = 0; i < leaves.length; i++) {
                    results.add(array(gradients.get(i)));
                }
                return results;
            }
        }

        private TensorVector gradients(Tensor y) {
            return torch.grad(new TensorVector(y), new TensorVector(leaves), new TensorVector(dy), new BoolOptional(false), false, false);
        }

        private static float[] array(Tensor t) {
            return Libtorch.array(t.ndimension() == 4 ? t.detach().permute(0, 2, 3, 1) : t.detach());
        }
    }
}
