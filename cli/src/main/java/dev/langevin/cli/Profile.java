package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Kernel;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where the time of repeated work goes: each kernel timed and summed up, by op and by op and shape. */
final class Profile {
    /**
     * A sum over kernels.
     *
     * @param op its name
     * @param shapes of inputs and outputs; null for a sum over all shapes
     * @param calls of the kernel
     * @param seconds in it
     * @param flops as in {@link OpWork}
     * @param bytes as in {@link OpWork}
     * @param allocated bytes that it allocated on the heap
     */
    record Row(String op, String shapes, double calls, double seconds, double flops, double bytes, double allocated) {
        private Row plus(Row r) {
            return new Row(op, shapes, calls + r.calls, seconds + r.seconds, flops + r.flops, bytes + r.bytes, allocated + r.allocated);
        }

        private Row over(int n) {
            return new Row(op, shapes, calls / n, seconds / n, flops / n, bytes / n, allocated / n);
        }

        private Row ofAllShapes() {
            return new Row(op, null, calls, seconds, flops, bytes, allocated);
        }

        private List<String> key() {
            return Arrays.asList(op, shapes);
        }
    }

    private final Allocation allocation = new Allocation();
    private final Map<List<String>, Row> sums = new LinkedHashMap<>();
    /** What the timing itself took, in the calling thread; it is left out. */
    private double watchingSeconds;
    private long watchingBytes;
    private Row total;
    private int repeats;

    private Profile() {
    }

    /**
     * Runs {@code work}, which is warm, for {@code seconds} and at least three times. The backend's kernels stay timed
     * afterwards. They must have done their work when they return, which those of cuda have not.
     */
    static Profile of(Backend backend, Runnable work, double seconds) {
        Profile profile = new Profile();
        backend.kernels().wrap(profile::timed);
        work.run(); // what watches has to get warm too
        profile.sums.clear();
        profile.watchingSeconds = 0;
        profile.watchingBytes = 0;
        Timing.Result timing = Timing.measure(work, seconds);
        int n = timing.repeats();
        profile.repeats = n;
        profile.total = new Row("total", null, 1, timing.mean() - profile.watchingSeconds / n, 0, 0,
                timing.allocated() - (double) profile.watchingBytes / n);
        return profile;
    }

    private Kernel<Object> timed(Kernel<Object> kernel) {
        return (op, in, out) -> {
            long before = System.nanoTime();
            long bytesBefore = allocation.bytes();
            long begin = System.nanoTime();
            kernel.run(op, in, out);
            long end = System.nanoTime();
            long bytes = allocation.bytes();
            OpWork work = OpWork.of(op, in, out);
            add(sums, new Row(work.op(), work.shapes(), 1, (end - begin) * 1e-9, work.flops(), work.bytes(), bytes - bytesBefore));
            watchingBytes += allocation.bytes() - bytes;
            watchingSeconds += (System.nanoTime() - end + begin - before) * 1e-9;
        };
    }

    int repeats() {
        return repeats;
    }

    /** One repeat, mean, without what the timing of kernels takes. FLOPs and bytes are not counted. */
    Row total() {
        return total;
    }

    /** Of one repeat, what is not in kernels. */
    Row outside() {
        double seconds = total.seconds;
        double allocated = total.allocated;
        for (Row row : byOp()) {
            seconds -= row.seconds;
            allocated -= row.allocated;
        }
        return new Row("outside of kernels", null, 1, seconds, 0, 0, allocated);
    }

    /** For one repeat, one row an op, the longest time first. */
    List<Row> byOp() {
        Map<List<String>, Row> ops = new LinkedHashMap<>();
        sums.values().forEach(row -> add(ops, row.ofAllShapes()));
        return sorted(ops.values());
    }

    /** For one repeat, one row for each op and shape, the longest time first. */
    List<Row> byShape() {
        return sorted(sums.values());
    }

    private static void add(Map<List<String>, Row> sums, Row row) {
        sums.merge(row.key(), row, Row::plus);
    }

    private List<Row> sorted(Collection<Row> rows) {
        return rows.stream().map(r -> r.over(repeats)).sorted(Comparator.comparingDouble(Row::seconds).reversed()).toList();
    }
}
