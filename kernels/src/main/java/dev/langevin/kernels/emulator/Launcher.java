package dev.langevin.kernels.emulator;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelModule;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** The decoded kernels of a runtime, and how the blocks of a launch are spread over threads. */
final class Launcher {
    private final GlobalMemory memory;
    private final int threads;
    private final long budget;
    private final Map<KernelModule, Map<String, PtxText.Entry>> texts = new IdentityHashMap<>();
    private final Map<KernelModule, Variables> variables = new IdentityHashMap<>();
    private final Map<Kernel, Program> programs = new IdentityHashMap<>();
    private long launches;
    private Statistics statistics = new Statistics(0, 0, 0, 0, 0);

    Launcher(GlobalMemory memory, int threads, long budget) {
        this.memory = memory;
        this.threads = threads;
        this.budget = budget;
    }

    Statistics statistics() {
        return statistics;
    }

    void clear() {
        programs.clear();
        texts.clear();
        variables.clear();
    }

    /** The kernel, decoded at its first use. */
    Program program(Kernel kernel) {
        return programs.computeIfAbsent(kernel, k -> {
            KernelModule module = k.module();
            if (!texts.containsKey(module)) {
                PtxText text = new PtxText(module.name(), module.ptx());
                texts.put(module, text.entries);
                variables.put(module, new Variables(null, text.variables, memory));
            }
            PtxText.Entry entry = texts.get(module).get(k.name());
            if (entry == null) {
                throw new CudaException("module " + module + " has no kernel " + k);
            }
            return new Program(k, entry, variables.get(module), memory);
        });
    }

    /** Runs all blocks of a launch. */
    void run(Program program, Grid grid, ByteBuffer arguments) {
        Launched launch = new Launched(program, grid, arguments, ++launches & 0x7fffffff, budget);
        long blocks = launch.blocks();
        int n = (int) Math.min(program.atomics ? 1 : threads, blocks);
        Block[] runners = new Block[n];
        AtomicLong next = new AtomicLong();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            Block runner = program.block(grid, memory);
            runner.begin(launch);
            runners[i] = runner;
            Runnable work = () -> {
                try {
                    for (long b = next.getAndIncrement(); b < blocks && failure.get() == null; b = next.getAndIncrement()) {
                        runner.run(b);
                    }
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                }
            };
            if (i < n - 1) {
                others.add(Thread.ofPlatform().name("emulator-" + i).daemon().start(work));
            } else {
                work.run();
            }
        }
        join(others);
        for (Block b : runners) {
            program.idle(b);
            statistics = statistics.plus(new Statistics(0, b.instructions, b.requests, b.sectors, b.bytes));
        }
        statistics = statistics.plus(new Statistics(1, 0, 0, 0, 0));
        switch (failure.get()) {
            case null -> { }
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(failure.get());
        }
    }

    private static void join(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread t : threads) {
            while (t.isAlive()) {
                try {
                    t.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
