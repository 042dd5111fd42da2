package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Storage;
import dev.langevin.engine.StoragePool;
import org.junit.jupiter.api.Test;

/** Row P-ENG: memory that was given back is used again, and is no reason to be out of memory. */
class StoragePoolTest {
    private static final class Piece extends Storage {
        Piece(int size) {
            super(null, size);
        }
    }

    /** A machine with room for {@code room} elements that are in use or pooled. */
    private static final class Machine {
        final StoragePool<Piece> pool = new StoragePool<>(4, this::allocate);
        final int room;

        Machine(int room) {
            this.room = room;
        }

        private Piece allocate(int size) {
            if (pool.bytes() / 4 + size > room) {
                throw new OutOfMemoryError("full");
            }
            return new Piece(size);
        }
    }

    @Test
    void aPieceThatWasGivenBackIsTakenAgain() {
        StoragePool<Piece> pool = new Machine(1000).pool;
        Piece piece = pool.take(100);
        assertEquals(128, piece.size());
        pool.give(piece);
        assertSame(piece, pool.take(65));
        assertEquals(4 * 128, pool.bytes());
    }

    @Test
    void piecesOfOtherSizesMakeRoom() {
        StoragePool<Piece> pool = new Machine(1000).pool;
        pool.give(pool.take(640));
        assertEquals(704, pool.take(704).size());
        assertEquals(4 * 704, pool.bytes());
        LangevinException e = assertThrows(LangevinException.class, () -> pool.take(640));
        assertTrue(e.getMessage().startsWith("out of memory") && e.getMessage().lines().count() == 1, e.getMessage());
        assertEquals(4 * 704, pool.bytes(), "what could not be had is not counted");
    }
}
