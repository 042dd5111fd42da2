package dev.langevin.training.data;

/** Pixels as bytes 0..255 and as floats x = b / 127.5 - 1 in [-1, 1]; byte to float to byte is the identity. */
public final class Pixels {
    private static final float[] TABLE = new float[256];

    static {
        for (int b = 0; b < TABLE.length; b++) {
            TABLE[b] = (float) (b / 127.5 - 1);
        }
    }

    private Pixels() {
    }

    /** The float of an unsigned byte. */
    public static float toFloat(byte b) {
        return TABLE[b & 0xff];
    }

    /** The byte, 0..255, nearest to a float; values outside of [-1, 1] are clamped, NaN gives 0. */
    public static int toByte(float x) {
        return (int) Math.clamp(Math.round((x + 1.0) * 127.5), 0L, 255L);
    }
}
