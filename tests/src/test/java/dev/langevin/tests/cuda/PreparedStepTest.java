package dev.langevin.tests.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.update.Assign;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Row P-ENG: what happens between the preparation of a captured step and its replay, and while it is captured. */
class PreparedStepTest {
    private static final Shape WEIGHT = Shape.of(24, 40);

    private final WatchedRuntime watched = new WatchedRuntime();
    private final CudaBackend cuda = watched.backend(Precision.BF16);

    @AfterEach
    void close() {
        cuda.close();
    }

    private static Tensor draw(Shape shape, int purpose) {
        return Tensor.normal(shape, new RandomKey(1, purpose, 0, 0));
    }

    /** The bfloat16 copy that the graph reads is that of the new weight. */
    @Test
    void aWeightThatIsLoadedThenCounts() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor x = draw(Shape.of(5, 40), 1);
            Tensor w = draw(WEIGHT, 2);
            Tensor y = Tensor.zeros(Shape.of(5, 24));
            float[] other = draw(WEIGHT, 3).toArray();
            try (Repeated repeated = cuda.repeated(k -> {
                try (Scope step = Scope.open()) {
                    new Assign().apply(y, x.linear(w, null));
                }
            })) {
                for (int k = 0; k < 3; k++) {
                    repeated.run(k);
                    repeated.prepare(k + 1);
                }
                assertTrue(repeated.replayed());
                w.write(other);
                repeated.run(3);
                assertArrayEquals(x.linear(Tensor.of(WEIGHT, other), null).toArray(), y.toArray());
                for (int k = 4; k < 9; k++) {
                    repeated.run(k);
                }
                assertTrue(repeated.replayed());
                assertArrayEquals(x.linear(Tensor.of(WEIGHT, other), null).toArray(), y.toArray());
            }
        }
    }

    /** The bfloat16 copy that was made then does not outlive the replay that changes the weight. */
    @Test
    void aWeightThatIsUsedThenIsReadAgain() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor x = draw(Shape.of(5, 40), 1);
            Tensor w = draw(WEIGHT, 2);
            try (Repeated repeated = cuda.repeated(k -> {
                try (Scope step = Scope.open()) {
                    new Assign().apply(w, w.mul(1.5));
                }
            })) {
                for (int k = 0; k < 6; k++) {
                    repeated.run(k);
                    assertArrayEquals(x.linear(Tensor.of(WEIGHT, w.toArray()), null).toArray(), x.linear(w, null).toArray(), "step " + k);
                    repeated.prepare(k + 1);
                    x.linear(w, null);
                }
                assertTrue(repeated.replayed());
            }
        }
    }

    /** A result that is stored as bfloat16 has half the room that float32 takes. */
    @Test
    void aNarrowTensorIsOverwritten() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor y = draw(Shape.of(31, 40), 1).linear(draw(WEIGHT, 2), null);
            float[] values = new float[31 * 24];
            for (int i = 0; i < values.length; i++) {
                values[i] = i % 128;
            }
            y.write(values);
            assertArrayEquals(values, y.toArray());
            assertArrayEquals(values, y.mul(1).toArray());
        }
    }

    @Test
    void memoryThatIsFullDuringACaptureIsSaid() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.full(WEIGHT, 2);
            Repeated repeated = cuda.repeated(k -> {
                try (Scope step = Scope.open()) {
                    try (Scope first = Scope.open()) {
                        state.mul(3); // a piece that is free when the next is asked for, and yet in the graph
                    }
                    new Assign().apply(state, state.add(state.sum()).add(k));
                }
            });
            repeated.run(0);
            float[] before = state.toArray();
            watched.mostWhileCapturing = 1;
            LangevinException e = assertThrows(LangevinException.class, () -> repeated.run(1));
            assertTrue(e.getMessage().startsWith("out of device memory"), e.getMessage());
            assertArrayEquals(before, state.toArray());
            watched.mostWhileCapturing = Integer.MAX_VALUE;
            for (int k = 1; k < 4; k++) {
                repeated.run(k);
            }
            assertTrue(repeated.replayed());
            repeated.close();
        }
    }

    /** What a captured step holds is counted, and given back. */
    @Test
    void memoryOfACapturedStepIsCounted() {
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.full(WEIGHT, 2);
            try (Repeated repeated = cuda.repeated(k -> {
                try (Scope step = Scope.open()) {
                    new Assign().apply(state, state.mul(0.5).add(k));
                }
            })) {
                repeated.run(0);
                long held = cuda.bytesHeld();
                long free = cuda.runtime().memory()[0];
                repeated.run(1);
                assertTrue(cuda.bytesHeld() > held);
                assertEquals(free - cuda.runtime().memory()[0], cuda.bytesHeld() - held);
                repeated.close();
                assertEquals(held, cuda.bytesHeld());
                assertEquals(free, cuda.runtime().memory()[0]);
            }
        }
    }

    @Test
    void captureCanBeTurnedOff() {
        System.setProperty("langevin.cuda.graphs", "false");
        try (Scope scope = Scope.open(cuda)) {
            Tensor state = Tensor.zeros(WEIGHT);
            try (Repeated repeated = cuda.repeated(k -> new Assign().apply(state, state.add(k)))) {
                for (int k = 0; k < 4; k++) {
                    repeated.run(k);
                    assertFalse(repeated.replayed());
                }
            }
            assertEquals(0, watched.take().captures());
            assertEquals(6, state.toArray()[7]);
        } finally {
            System.clearProperty("langevin.cuda.graphs");
        }
    }
}
