package dev.langevin.training.loss;

import dev.langevin.engine.random.Philox;
import dev.langevin.model.sde.Sde;
import dev.langevin.training.TrainingPurpose;

/** How the times of a batch are drawn from their density; every way gives each example a time of that density. */
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

    /** Uniform in [0, 1). */
    abstract double unit(long seed, int step, int i, int batch);

    /**
     * Times of examples [first, first + count) of a batch, a pure function of the arguments.
     *
     * @param step number of the training step
     * @param batch examples in the whole batch
     */
    public double[] draw(TimeDensity density, long seed, int step, int first, int count, int batch) {
        double[] t = new double[count];
        for (int i = 0; i < count; i++) {
            t[i] = density.quantile(unit(seed, step, first + i, batch));
        }
        return t;
    }

    /** Times of uniform density in [eps, T]. */
    public double[] draw(Sde sde, long seed, int step, int first, int count, int batch) {
        return draw(TimeDensity.uniform(sde), seed, step, first, count, batch);
    }
}
