package dev.langevin.engine.cuda;

/** Conversions between float32 and bfloat16. */
final class Cast {
    private Cast() {
    }

    /** Rounds float32 to the nearest bfloat16, ties to even. */
    static void toBf16(CudaBackend backend, long target, long source, int size) {
        backend.launch("cast_to_bf16").address(target).address(source).int64(size).over(size, 4);
    }

    static void toFloat(CudaBackend backend, long target, long source, int size) {
        backend.launch("cast_to_f32").address(target).address(source).int64(size).over(size, 4);
    }

    /** The nearest bfloat16, ties to even; NaN stays NaN. */
    static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? (short) 0x7fc0 : (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
