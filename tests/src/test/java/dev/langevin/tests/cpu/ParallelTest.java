package dev.langevin.tests.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.cpu.Parallel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The team of threads: every task once, nested calls on the thread that makes them, failures told. Rows: P-ENG. */
class ParallelTest {
    private static final int THREADS = Parallel.threads();
    private static final int MOST = 100;

    @AfterEach
    void restoreThreads() {
        Parallel.setThreads(THREADS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void eachTaskOnce(int threads) {
        Parallel.setThreads(threads);
        for (int tasks = 0; tasks <= MOST; tasks++) {
            AtomicIntegerArray calls = new AtomicIntegerArray(MOST);
            Parallel.run(tasks, calls::incrementAndGet);
            assertCalled(tasks, calls, tasks + " tasks");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void chunksCoverEachIndexOnce(int threads) {
        Parallel.setThreads(threads);
        for (int length = 0; length <= MOST; length++) {
            for (int grain : new int[] {1, 2, 7, 64, 1000}) {
                AtomicIntegerArray calls = new AtomicIntegerArray(MOST);
                Parallel.chunks(length, grain, (from, to) -> {
                    assertEquals(0, from % grain);
                    for (int i = from; i < to; i++) {
                        calls.incrementAndGet(i);
                    }
                });
                assertCalled(length, calls, length + " in chunks of " + grain);
            }
        }
    }

    private static void assertCalled(int count, AtomicIntegerArray calls, String what) {
        for (int i = 0; i < calls.length(); i++) {
            assertEquals(i < count ? 1 : 0, calls.get(i), what + ", number " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void nestedCallsStayOnTheirThread(int threads) {
        Parallel.setThreads(threads);
        for (int round = 0; round < 50; round++) {
            int tasks = 10;
            int[][] order = new int[tasks][tasks];
            Parallel.run(tasks, outer -> {
                Thread caller = Thread.currentThread();
                int[] next = {0};
                Parallel.run(tasks, inner -> {
                    assertSame(caller, Thread.currentThread());
                    order[outer][next[0]++] = inner;
                });
            });
            for (int[] inner : order) {
                assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, inner);
            }
        }
    }

    /** Tasks that wait for each other end only where each has a thread; so it must be after nested calls and failures too. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void tasksRunAtOnce(int threads) {
        Parallel.setThreads(threads);
        Parallel.run(threads, outer -> Parallel.run(threads, inner -> { }));
        assertThrows(IllegalStateException.class, () -> Parallel.run(threads, i -> {
            throw new IllegalStateException();
        }));
        CountDownLatch all = new CountDownLatch(threads);
        Parallel.run(threads, i -> {
            all.countDown();
            try {
                assertTrue(all.await(30, TimeUnit.SECONDS), "a task waited in vain");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void failuresReachTheCaller(int threads) {
        Parallel.setThreads(threads);
        for (int bad = 0; bad < 20; bad++) {
            int task = bad;
            Throwable failure = bad % 2 == 0 ? new IllegalStateException("task " + bad) : new StackOverflowError();
            assertSame(failure, assertThrows(failure.getClass(), () -> Parallel.run(20, i -> {
                if (i == task) {
                    if (failure instanceof Error e) {
                        throw e;
                    }
                    throw (RuntimeException) failure;
                }
            })));
            AtomicIntegerArray calls = new AtomicIntegerArray(MOST);
            Parallel.run(MOST, calls::incrementAndGet);
            assertCalled(MOST, calls, "after the failure");
        }
    }
}
