package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Row P-ENG: who owns a tensor, for how long, and that its memory is used again. */
@ParameterizedClass
@MethodSource("backends")
class ScopeTest {
    private final Backend backend;

    ScopeTest(Backend backend) {
        this.backend = backend;
    }

    static List<Backend> backends() {
        return Backends.fast();
    }

    @Test
    void useAfterCloseNamesTheOrigin() {
        Tensor exp;
        try (Scope scope = Scope.open(backend)) {
            exp = Tensor.full(Shape.of(2, 3), 1).exp();
        }
        LangevinException e = assertThrows(LangevinException.class, exp::toArray);
        assertTrue(e.getMessage().contains("exp") && e.getMessage().contains("(2, 3)") && e.getMessage().contains("scope"), e.getMessage());
        try (Scope scope = Scope.open(backend)) {
            assertThrows(LangevinException.class, exp::square);
            assertThrows(LangevinException.class, () -> exp.reshape(6));
        }
    }

    @Test
    void noScopeNoTensor() {
        LangevinException e = assertThrows(LangevinException.class, () -> Tensor.scalar(1));
        assertTrue(e.getMessage().contains("Scope.open"), e.getMessage());
    }

    @Test
    void keepHandsOneTensorOut() {
        try (Scope outer = Scope.open(backend)) {
            Tensor kept;
            Tensor view;
            Tensor left;
            try (Scope inner = Scope.open()) {
                left = Tensor.full(Shape.of(4), 2);
                kept = inner.keep(left.square());
                view = inner.keep(kept.reshape(2, 2).reshape(4));
            }
            assertEquals(4, kept.toArray()[3]);
            assertEquals(4, view.toArray()[3]);
            assertThrows(LangevinException.class, left::toArray);
            try (Scope inner = Scope.open()) {
                assertSame(kept, inner.keep(kept), "a tensor of another scope stays there");
            }
            assertEquals(4, kept.toArray()[0]);
            assertThrows(LangevinException.class, () -> outer.keep(Tensor.scalar(1)), "nothing encloses the outermost scope");
        }
    }

    /** Whoever is handed a tensor also frees it. */
    @Test
    void whatWasKeptEndsWithTheEnclosingScope() {
        Tensor kept;
        try (Scope outer = Scope.open(backend)) {
            try (Scope inner = Scope.open()) {
                kept = inner.keep(Tensor.scalar(4));
            }
            assertEquals(4, kept.item());
        }
        assertThrows(LangevinException.class, kept::item);
    }

    @Test
    void aViewKeepsTheStorageItShares() {
        try (Scope outer = Scope.open(backend)) {
            Tensor view;
            try (Scope inner = Scope.open()) {
                view = inner.keep(Tensor.of(Shape.of(4), 1, 2, 3, 4).reshape(2, 2));
            }
            for (int i = 0; i < 4; i++) {
                Tensor.full(Shape.of(4), 99);
            }
            assertEquals(3, view.toArray()[2], "the storage was given to another tensor");
        }
    }

    @Test
    void scopesCloseInOrder() {
        Scope outer = Scope.open(backend);
        Scope inner = Scope.open();
        LangevinException e = assertThrows(LangevinException.class, outer::close);
        assertTrue(e.getMessage().contains("order"), e.getMessage());
        inner.close();
        inner.close();
        outer.close();
    }

    @Test
    void tidyKeepsOnlyTheResultWhenNothingIsRecorded() {
        try (Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.full(Shape.of(3), 2);
            Tensor[] between = new Tensor[1];
            Tensor y = Autograd.noGrad(() -> Scope.tidy(() -> {
                between[0] = x.exp();
                return between[0].log();
            }));
            assertEquals(2, y.toArray()[0], 1e-6);
            assertThrows(LangevinException.class, () -> between[0].toArray());
            Tensor leaf = x.requireGrad();
            Tensor z = Scope.tidy(() -> {
                between[0] = leaf.exp();
                return between[0].square();
            });
            assertEquals(2 * Math.exp(4), Autograd.gradients(z.sum(), false, leaf)[0].toArray()[1], 1e-4);
        }
    }

    @Test
    void tensorsOfTwoBackendsDoNotMix() {
        try (ReferenceBackend other = new ReferenceBackend(); Scope scope = Scope.open(backend)) {
            Tensor x = Tensor.scalar(1);
            try (Scope inner = Scope.open(other)) {
                LangevinException e = assertThrows(LangevinException.class, () -> x.add(Tensor.scalar(1)));
                assertTrue(e.getMessage().contains(backend.name()) && e.getMessage().contains("reference"), e.getMessage());
            }
        }
    }

    @Test
    void storageIsUsedAgain() {
        try (Scope outer = Scope.open(backend)) {
            long held = -1;
            for (int i = 0; i < 100; i++) {
                try (Scope scope = Scope.open()) {
                    Tensor.full(Shape.of(1000), i).exp().add(1).sum();
                }
                held = held < 0 ? backend.bytesHeld() : held;
                assertEquals(held, backend.bytesHeld(), "at step " + i);
            }
        }
    }
}
