package dev.langevin.benchmarks.gpu;

import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.kernels.CudaRuntime;
import java.util.function.LongConsumer;

/** Langevin's side: a numbered piece of work on a CUDA backend, timed by marks in the device's stream. */
final class Ours implements Contender {
    private final String name;
    private final CudaRuntime runtime;
    private final LongConsumer work;
    private final Runnable closing;
    private long run;

    /**
     * @param work is given numbers from 1 on
     * @param closing frees what the work holds
     */
    Ours(String name, CudaBackend backend, LongConsumer work, Runnable closing) {
        this.name = name;
        this.runtime = backend.runtime();
        this.work = work;
        this.closing = closing;
    }

    /** Work that issues the same each time, recorded as a graph once memory and algorithms are there, so that the host costs nothing. */
    static Ours replayed(String name, CudaBackend backend, Runnable work, Runnable closing) {
        CudaRuntime runtime = backend.runtime();
        work.run();
        work.run();
        runtime.synchronize();
        runtime.beginCapture();
        CudaRuntime.Graph graph;
        try {
            work.run();
            graph = runtime.endCapture();
        } catch (RuntimeException | Error e) {
            runtime.abandonCapture();
            throw e;
        }
        return new Ours(name, backend, k -> graph.launch(), () -> {
            runtime.synchronize();
            graph.close();
            closing.run();
        });
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Times time(int repeats, int inner) {
        Times times = new Times();
        for (int i = 0; i < repeats; i++) {
            long from = runtime.mark();
            for (int j = 0; j < inner; j++) {
                work.accept(++run);
            }
            times.add(runtime.milliseconds(from, runtime.mark()) / inner);
        }
        return times;
    }

    @Override
    public Times host(int repeats) {
        Times times = new Times();
        for (int i = 0; i < repeats; i++) {
            runtime.synchronize();
            long from = System.nanoTime();
            work.accept(++run);
            times.add((System.nanoTime() - from) * 1e-6);
        }
        runtime.synchronize();
        return times;
    }

    @Override
    public void close() {
        closing.run();
    }
}
