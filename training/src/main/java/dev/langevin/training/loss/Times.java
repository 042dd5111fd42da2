package dev.langevin.training.loss;

import dev.langevin.engine.random.Philox;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainingPurpose;

/** How the times of a batch are drawn; every way gives each example a time uniform in [eps, T]. */
public enum Times {
    /** Independent. */
    UNIFORM {
        @Override
        double unit(long seed, int step, int i, int batch) {
            return Philox.uniform(seed, TrainingPurpose.TIME.code(), i, step, 0);
        }
    },
    /** One draw, shifted by i / batch: a batch covers all times evenly, so its loss varies less (Kingma et al. 2021, appendix I). */
    STRATIFIED {
        @Override
        double unit(long seed, int step, int i, int batch) {
            return (Philox.uniform(seed, TrainingPurpose.TIME.code(), 0, step, 0) + (double) i / batch) % 1;
        }
    };

    abstract double unit(long seed, int step, int i, int batch);

    /**
     * Times of examples [first, first + count) of a batch, a pure function of the arguments.
     *
     * @param step number of the training step
     * @param batch examples in the whole batch
     */
    public double[] draw(Sde sde, long seed, int step, int first, int count, int batch) {
        double eps = sde.trainingEpsilon();
        double[] t = new double[count];
        for (int i = 0; i < count; i++) {
            t[i] = eps + (sde.endTime() - eps) * unit(seed, step, first + i, batch);
        }
        return t;
    }
}
