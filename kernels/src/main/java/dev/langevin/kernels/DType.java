package dev.langevin.kernels;

/** How a number is stored on a CUDA device. Arithmetic is float32 whatever the storage. */
public enum DType {
    F32(4, "f32"),
    BF16(2, "bf16");

    private final int bytes;
    private final String suffix;

    DType(int bytes, String suffix) {
        this.bytes = bytes;
        this.suffix = suffix;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** What ends the names of kernels for this type: {@code silu_f32}, {@code silu_bf16}. */
    public String suffix() {
        return suffix;
    }
}
