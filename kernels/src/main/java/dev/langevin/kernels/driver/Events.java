package dev.langevin.kernels.driver;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/** Marks in a stream, by number from 1; their events are used again. */
final class Events {
    private final CUstream stream;
    private final List<CUevent> all = new ArrayList<>();
    private int[] free = new int[8];
    private int freeCount;
    private final float[] elapsed = new float[1];

    Events(CUstream stream) {
        this.stream = stream;
    }

    long record() {
        if (freeCount == 0) {
            CUevent event = new CUevent();
            CudaStatus.driver(cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
            all.add(event);
            give(all.size());
        }
        int mark = free[--freeCount];
        CudaStatus.driver(cuEventRecord(all.get(mark - 1), stream), "cuEventRecord");
        return mark;
    }

    void await(long mark) {
        CudaStatus.driver(cuEventSynchronize(event(mark)), "cuEventSynchronize");
        give((int) mark);
    }

    double milliseconds(long from, long to) {
        CudaStatus.driver(cuEventSynchronize(event(to)), "cuEventSynchronize");
        CudaStatus.driver(cuEventElapsedTime(elapsed, event(from), event(to)), "cuEventElapsedTime");
        give((int) from);
        give((int) to);
        return elapsed[0];
    }

    private CUevent event(long mark) {
        return all.get((int) mark - 1);
    }

    private void give(int mark) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = mark;
    }

    /** Statuses are not looked at: after a lost context every call fails, and there is nothing left to free. */
    void close() {
        all.forEach(e -> cuEventDestroy(e));
    }
}
