package dev.langevin.model.score;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.ClassifierNetwork;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;

/** The classifier p(y | x_t, t) that a network gives, of data under an SDE (N-NCLF). */
public record NetworkClassifier(ClassifierNetwork network, Sde sde) implements Classifier {

    @Override
    public Tensor logits(Tensor x, double[] t) {
        return logits(x, t, null);
    }

    /**
     * As above, the network being shown x / sqrt(a^2 + s^2): data of unit variance keep it.
     *
     * @param dropout random numbers for dropout while training, or null
     */
    public Tensor logits(Tensor x, double[] t, RandomKey dropout) {
        BatchTimes.check("classifier", x, t);
        double[] in = Arrays.stream(t).map(u -> Parametrisation.UNIT_DATA.at(sde.meanCoefficient(u), sde.std(u))).toArray();
        double[] label = Arrays.stream(t).map(u -> network.noise().of(sde, u)).toArray();
        return network.logits(NetworkScore.scaled(x, in), Tensor.of(Shape.of(t.length), label), dropout);
    }
}
