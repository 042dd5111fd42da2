package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Backend;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import dev.langevin.tests.engine.Backends;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Row P-ENG: a step that is captured once and replayed gives the bits of one that is gone through each time. */
class StepGraphTest {
    private static final int STEPS = 7;
    private static final Shape SHAPE = Shape.of(3, 101);

    private final CudaBackend cuda = Backends.cuda(Precision.FP32);

    @AfterEach
    void close() {
        cuda.close();
    }

    /** What is left in the state after the steps; with {@code replays}, each from the second on must be a replay. */
    private float[] run(boolean repeat, boolean replays, Function<Tensor, LongConsumer> step) {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.full(SHAPE, 0.25);
            LongConsumer body = step.apply(state);
            try (Repeated repeated = repeat ? cuda.repeated(body) : body::accept) {
                for (int k = 0; k < STEPS; k++) {
                    repeated.run(k);
                    assertTrue(!replays || repeated.replayed() == (repeat && k > 0), "step " + k);
                }
            }
            return state.toArray();
        }
    }

    private void bothWays(boolean replays, Function<Tensor, LongConsumer> step) {
        assertArrayEquals(run(false, replays, step), run(true, replays, step));
    }

    /** Noise counters, scalars and uploaded arrays change from step to step, and the replay has each step's. */
    @Test
    void numbersOfEachStepReachTheReplay() {
        bothWays(true, state -> k -> {
            try (Scope scope = Scope.open()) {
                Tensor z = Tensor.normal(SHAPE, new RandomKey(5, 6, 7, (int) k));
                Tensor factors = Tensor.of(Shape.of(3, 1), 1 + k, 2 - k, 0.5 * k);
                Tensor next = state.mul(0.5 + 0.01 * k).add(z.mul(factors)).add(Tensor.full(SHAPE, k));
                new Assign().apply(state, next);
            }
        });
    }

    /** An array that goes into a tensor made before the step. */
    @Test
    void outerTensorIsWritten() {
        bothWays(true, state -> {
            Tensor outer = Tensor.zeros(Shape.of(101));
            return k -> {
                float[] values = new float[101];
                Arrays.fill(values, k * k);
                outer.write(values);
                try (Scope scope = Scope.open()) {
                    new Assign().apply(state, state.add(outer));
                }
            };
        });
    }

    /** Now and then another op, now and then another constant of the op: those steps are gone through as they are. */
    @Test
    void stepsThatDifferAreRunAsWritten() {
        bothWays(false, state -> k -> {
            try (Scope scope = Scope.open()) {
                Tensor next = k == 3 ? state.square() : state.add(k);
                next = k == 5 ? next.slice(1, 0, 50).sumKeep(1).broadcastTo(SHAPE) : next;
                new Assign().apply(state, next);
            }
        });
    }

    /** After several steps that differ another capture is made. */
    @Test
    void aStepThatChangedForGoodIsCapturedAgain() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.zeros(SHAPE);
            double expected = 0;
            try (Repeated repeated = cuda.repeated(k -> {
                try (Scope inner = Scope.open()) {
                    new Assign().apply(state, k < 4 ? state.add(k) : state.mul(2).add(1));
                }
            })) {
                for (int k = 0; k < 10; k++) {
                    repeated.run(k);
                    expected = k < 4 ? expected + k : 2 * expected + 1;
                    assertEquals(expected, state.toArray()[17]);
                }
                assertTrue(repeated.replayed());
            }
        }
    }

    /** Memory of a captured step is nobody else's: what is made between replays stays. */
    @Test
    void replaysLeaveOtherTensorsAlone() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.zeros(SHAPE);
            try (Repeated repeated = cuda.repeated(k -> {
                try (Scope inner = Scope.open()) {
                    new Assign().apply(state, state.add(1).mul(1.5).sub(0.5).square().sqrt());
                }
            })) {
                for (int k = 0; k < 4; k++) {
                    repeated.run(k);
                }
                Tensor[] kept = new Tensor[12];
                for (int i = 0; i < kept.length; i++) {
                    kept[i] = Tensor.full(SHAPE, i);
                }
                repeated.run(4);
                repeated.run(5);
                for (int i = 0; i < kept.length; i++) {
                    for (float v : kept[i].toArray()) {
                        assertEquals(i, v);
                    }
                }
            }
        }
    }

    @Test
    void readingAValueInsideIsRefused() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.zeros(SHAPE);
            Repeated repeated = cuda.repeated(k -> {
                try (Scope inner = Scope.open()) {
                    new Assign().apply(state, state.add(state.sum().item()));
                }
            });
            repeated.run(0);
            LangevinException e = assertThrows(LangevinException.class, () -> repeated.run(1));
            assertTrue(e.getMessage().contains("must not read values back"), e.getMessage());
            assertEquals(0, state.toArray()[0]); // and the backend works on
            repeated.close();
        }
    }

    /** Nothing is held afterwards but what the pool had. */
    @Test
    void closeGivesItsMemoryBack() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.zeros(SHAPE);
            long free = -1;
            for (int round = 0; round < 3; round++) {
                try (Repeated repeated = cuda.repeated(k -> {
                    try (Scope inner = Scope.open()) {
                        new Assign().apply(state, state.add(k).mul(2));
                    }
                })) {
                    for (int k = 0; k < 4; k++) {
                        repeated.run(k);
                    }
                    assertTrue(repeated.replayed());
                }
                long now = cuda.runtime().memory()[0];
                assertTrue(free < 0 || now == free, "round " + round);
                free = now;
            }
        }
    }

    @Test
    void elsewhereItIsTheStepItself() {
        try (Backend cpu = new CpuBackend(); Scope scope = Scope.open(cpu)) {
            long[] last = new long[1];
            try (Repeated repeated = cpu.repeated(k -> last[0] = k)) {
                repeated.prepare(3);
                repeated.run(2);
                assertEquals(2, last[0]);
                assertFalse(repeated.replayed());
            }
        }
    }
}
