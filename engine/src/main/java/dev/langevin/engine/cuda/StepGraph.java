package dev.langevin.engine.cuda;

import dev.langevin.engine.Repeated;
import java.util.function.LongConsumer;

/** A repeated step, run as it is written. */
final class StepGraph implements Repeated {
    private final LongConsumer step;

    StepGraph(CudaBackend backend, LongConsumer step) {
        this.step = step;
    }

    @Override
    public void run(long k) {
        step.accept(k);
    }
}
