package dev.langevin.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one place that chooses the vector width. The machine's preferred width, unless the system property
 * {@code langevin.vector.bits} forces 128, 256 or 512. All are constants to the compiler, so that a kernel written
 * with {@link #F} becomes straight vector code.
 *
 * <p>Kernels use no species of another width, not even for a few copies: a vector that a loop carries has no known class
 * when the compiler parses its use behind the loop, it then goes by the classes that any caller of the same method of
 * {@link FloatVector} has shown, and with two of them the loop allocates a vector object in each pass.
 */
public final class Simd {
    /** Property that forces a width in bits. */
    public static final String WIDTH_PROPERTY = "langevin.vector.bits";

    public static final VectorSpecies<Float> F = floats();
    public static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED.vectorBitSize() == F.vectorBitSize()
            ? IntVector.SPECIES_PREFERRED : VectorSpecies.of(int.class, F.vectorShape());
    /** Floats in one vector: 4, 8 or 16. */
    public static final int LANES = F.length();

    private Simd() {
    }

    private static VectorSpecies<Float> floats() {
        int bits = Integer.getInteger(WIDTH_PROPERTY, FloatVector.SPECIES_PREFERRED.vectorBitSize());
        return switch (bits) {
            case 128 -> FloatVector.SPECIES_128;
            case 256 -> FloatVector.SPECIES_256;
            case 512 -> FloatVector.SPECIES_512;
            default -> throw new IllegalArgumentException(
                    "-D" + WIDTH_PROPERTY + "=" + bits + ": expected 128, 256 or 512");
        };
    }
}
