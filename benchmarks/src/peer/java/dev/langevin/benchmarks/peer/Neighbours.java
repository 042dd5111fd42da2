package dev.langevin.benchmarks.peer;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much of the cores other processes took while this one was timed: what to know before one believes its times.
 * Counts from its making on.
 */
final class Neighbours {
    /** Length of the units of /proc/stat, which is the same on every Linux that runs Java. */
    private static final double TICK_SECONDS = 0.01;
    private static final int FIELDS = 9; // cpu user nice system idle iowait irq softirq steal
    private static final int IDLE = 4;
    private static final int IO_WAIT = 5;

    private final double busy = busySeconds();
    private final double own = ownSeconds();
    private final long begin = System.nanoTime();

    /** Share of all cores that was busy with something else, in [0, 1]. */
    double share() {
        double seconds = (System.nanoTime() - begin) * 1e-9 * Runtime.getRuntime().availableProcessors();
        return Math.clamp((busySeconds() - busy - (ownSeconds() - own)) / seconds, 0, 1);
    }

    private static double busySeconds() {
        try {
            String[] fields = Files.readAllLines(Path.of("/proc/stat")).getFirst().split(" +");
            long ticks = 0;
            for (int i = 1; i < FIELDS; i++) {
                ticks += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(fields[i]);
            }
            return ticks * TICK_SECONDS;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double ownSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() * 1e-9;
    }
}
