package dev.langevin.kernels.emulator;

/** Memory as one warp sees it, in words of 4 bytes; {@code bytes} names bytes of a word, a bit each. */
interface Space {
    /** The word where {@code size} bytes at an address lie, after a check of bounds and alignment. */
    int locate(Warp w, int lane, long address, int size);

    int read(Warp w, int lane, int word, int bytes);

    void write(Warp w, int lane, int word, int value, int bytes);

    /** Replaces a word that was read in the same atomic operation. */
    void exchange(Warp w, int lane, int word, int value);

    /** Reads a word for an atomic operation. */
    int readAtomic(Warp w, int lane, int word);
}
