package dev.langevin.benchmarks.peer;

import dev.langevin.training.optim.Optimiser;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * {@link Optimiser} in libtorch: clipping by global norm, Adam, moving average. Adam is libtorch's own fused kernel,
 * which JavaCPP offers only through the dispatcher.
 */
final class TorchAdam {
    private final Optimiser.Settings settings;
    private final List<Tensor> weights;
    private final List<Tensor> averages = new ArrayList<>();
    private final TensorVector parameters = new TensorVector();
    private final GenericList parameterList = list();
    private final GenericList firstMoments = list();
    private final GenericList secondMoments = list();
    private final GenericList counts = list();
    private final Tensor count = torch.tensor(0f);
    private final OperatorHandle fusedAdam = Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adam_", "");

    /** @param weights changed by every step */
    TorchAdam(Optimiser.Settings settings, Collection<Tensor> weights) {
        this.settings = settings;
        this.weights = List.copyOf(weights);
        for (Tensor p : weights) {
            parameters.push_back(p);
            parameterList.push_back(new IValue(p));
            firstMoments.push_back(new IValue(torch.zeros_like(p)));
            secondMoments.push_back(new IValue(torch.zeros_like(p)));
            counts.push_back(new IValue(count));
            averages.add(p.detach().clone());
        }
    }

    /** An empty list of tensors, of the kind that the dispatcher takes. */
    private static GenericList list() {
        return new GenericList(new TensorList().elementType());
    }

    /** The moving averages, in the order of the weights. */
    List<Tensor> averages() {
        return averages;
    }

    /** Scales the weights' gradients so that their global norm is at most the clip. To be called without gradients. */
    void clip() {
        torch.clip_grad_norm_(parameters, settings.clip());
    }

    /**
     * Adam and the moving average. To be called without gradients.
     *
     * @param gradients in the layout of the weights
     * @param step counts from 1
     */
    void step(List<Tensor> gradients, double learningRate, int step) {
        count.add_(new Scalar(1f));
        GenericList list = list();
        gradients.forEach(g -> list.push_back(new IValue(g)));
        fusedAdam.callBoxed(new IValueVector(new IValue(parameterList), new IValue(list), new IValue(firstMoments),
                new IValue(secondMoments), new IValue(list()), new IValue(counts), new IValue(learningRate),
                new IValue(settings.beta1()), new IValue(settings.beta2()), new IValue(settings.weightDecay()),
                new IValue(settings.eps()), new IValue(false), new IValue(false), new IValue(), new IValue()));
        Scalar share = new Scalar(1 - Math.min(settings.emaDecay(), (1.0 + step) / (10.0 + step)));
        for (int i = 0; i < averages.size(); i++) {
            averages.get(i).lerp_(weights.get(i), share);
        }
    }
}
