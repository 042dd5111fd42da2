package dev.langevin.engine.cpu;

/**
 * Sizes of a two-dimensional convolution. Input x (N, H, W, I), weights (O, kh, kw, I), output y (N, H', W', O) with
 * H' = floor((H + 2 pad - kh) / stride) + 1 and W' likewise; the same zero padding on all four sides.
 *
 * @param n images, at least 1
 * @param h height of the input in pixels
 * @param w width of the input in pixels
 * @param ci input channels I
 * @param co output channels O
 * @param kh height of the kernel
 * @param kw width of the kernel
 * @param stride step between windows in both directions, at least 1
 * @param pad rows and columns of zeros on each side of the input, at least 0
 */
public record Conv2dGeometry(int n, int h, int w, int ci, int co, int kh, int kw, int stride, int pad) {
    public Conv2dGeometry {
        if (n < 1 || h < 1 || w < 1 || ci < 1 || co < 1 || kh < 1 || kw < 1 || stride < 1 || pad < 0
                || h + 2 * pad < kh || w + 2 * pad < kw) {
            throw new IllegalArgumentException("conv2d: expected positive sizes and a kernel no larger than the padded"
                    + " input, got n=" + n + " h=" + h + " w=" + w + " ci=" + ci + " co=" + co + " kh=" + kh
                    + " kw=" + kw + " stride=" + stride + " pad=" + pad);
        }
    }

    /** Geometries that were asked for, each at the place of its hash. A race for a place costs no more than a new object. */
    private static final Conv2dGeometry[] KNOWN = new Conv2dGeometry[1 << 8];

    /** A geometry that may be one object with an equal one from before, so that a steady loop makes no garbage. */
    static Conv2dGeometry of(int n, int h, int w, int ci, int co, int kh, int kw, int stride, int pad) {
        int hash = ((((((((n * 31 + h) * 31 + w) * 31 + ci) * 31 + co) * 31 + kh) * 31 + kw) * 31 + stride) * 31 + pad) * 0x9E3779B9;
        int place = hash >>> 24;
        Conv2dGeometry g = KNOWN[place];
        if (g == null || g.n != n || g.h != h || g.w != w || g.ci != ci || g.co != co || g.kh != kh || g.kw != kw
                || g.stride != stride || g.pad != pad) {
            g = new Conv2dGeometry(n, h, w, ci, co, kh, kw, stride, pad);
            KNOWN[place] = g;
        }
        return g;
    }

    /**
     * The convolution whose backward-data is the transposed convolution of an (N, h, w, ci) tensor to {@code co}
     * channels with weights (ci, kh, kw, co): its output is what the transposed convolution reads, its input, of
     * height (h - 1) stride - 2 pad + kh, what that writes.
     */
    public static Conv2dGeometry transposed(int n, int h, int w, int ci, int co, int kh, int kw, int stride, int pad) {
        return new Conv2dGeometry(n, (h - 1) * stride - 2 * pad + kh, (w - 1) * stride - 2 * pad + kw, co, ci,
                kh, kw, stride, pad);
    }

    /** Height H' of the output in pixels. */
    public int oh() {
        return (h + 2 * pad - kh) / stride + 1;
    }

    /** Width W' of the output in pixels. */
    public int ow() {
        return (w + 2 * pad - kw) / stride + 1;
    }

    /** Floats of the input. */
    public int inputSize() {
        return Math.toIntExact((long) n * h * w * ci);
    }

    /** Floats of the output. */
    public int outputSize() {
        return Math.toIntExact((long) n * oh() * ow() * co);
    }

    /** Floats of the weights. */
    public int weightSize() {
        return Math.toIntExact((long) co * kh * kw * ci);
    }

    /** Floating point operations of one pass (forward, to data, or to weights), counting padding as work. */
    public double flops() {
        return 2.0 * n * oh() * ow() * co * kh * kw * ci;
    }
}
