package dev.langevin.engine.cpu;

import java.util.Arrays;

/**
 * Weights transformed for {@link WinogradProduct}, kept beside their tensor while it does not change: sampling asks for the
 * same ones at every step. They take four times the memory, so they are kept only from the second time on that they are
 * asked for: training, where each step changes the weights, never keeps any.
 */
final class KeptWeights {
    /** One for the forward pass, four for the phases of the backward pass. */
    private static final int FORMS = 5;

    /** Fills {@code u} with what a form needs of the weights {@code w}. */
    interface Transform {
        void run(float[] u, float[] w, Conv2dGeometry g, int form);
    }

    private final Conv2dGeometry[] asked = new Conv2dGeometry[FORMS];
    private final float[][] transformed = new float[FORMS][];

    /**
     * The transformed weights: those kept, or made in an array that is valid until the next call.
     *
     * @param kept      where they may be kept, or null
     * @param form      0 forward, 1 to 4 the phases of backward
     * @param w         the weights
     * @param g         of which the weights' shape and the stride count
     * @param size      floats of the result
     */
    static float[] get(KeptWeights kept, int form, float[] w, Conv2dGeometry g, long size, Transform transform) {
        Conv2dGeometry last = kept == null ? null : kept.asked[form];
        boolean again = last != null && last.stride() == g.stride() && last.kh() == g.kh() && last.ci() == g.ci()
                && last.co() == g.co();
        if (again && kept.transformed[form] != null) {
            return kept.transformed[form];
        }
        float[] u = again ? new float[Math.toIntExact(size)] : Scratch.local().floats(Scratch.SHARED_PANELS, size);
        transform.run(u, w, g, form);
        if (kept != null) {
            kept.asked[form] = g;
            kept.transformed[form] = again ? u : null;
        }
        return u;
    }

    /** Forgets what was made of weights that have changed. */
    void clear() {
        Arrays.fill(asked, null);
        Arrays.fill(transformed, null);
    }
}
