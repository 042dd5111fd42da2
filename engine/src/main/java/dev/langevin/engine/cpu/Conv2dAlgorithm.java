package dev.langevin.engine.cpu;

/**
 * How a convolution is computed. Chosen from the shape but for the batch, never from the machine, so
 * that an image has the same bits in any batch and a run resumes with them anywhere.
 */
public enum Conv2dAlgorithm {
    /**
     * In tiles of 4x4 outputs: 3x3 of stride 1, with 4 (at ragged edges 2.25 to 4) times fewer multiplications, and 4x4 of stride 2
     * with padding 1 on even sizes, with 2.56 times fewer.
     */
    WINOGRAD,
    /** Windows read in place times packed weights, register tiles of pixels by output channels. */
    WINDOWS,
    /** One dot product for each output: a few output channels, which would leave most of a register tile empty. */
    DOT,
    /** To weights: outer products of an output pixel's gradient and the window under it. */
    OUTER_PRODUCTS,
    /** To weights, few channels on one side: outer products of gathered taps and the many channels of the other side. */
    GATHERED_TAPS;

    /** Property that keeps {@link #WINOGRAD} out where it is {@code false}, to compare with. */
    public static final String WINOGRAD_PROPERTY = "langevin.cpu.winograd";

    private static final boolean WINOGRAD_ALLOWED = !"false".equals(System.getProperty(WINOGRAD_PROPERTY));
    /** With few channels the transforms cost more than the products save; how few, measured (benchmarks/NOTES.md). */
    private static final int WINOGRAD_CHANNELS = 16;
    /** Fewer channels than this leave most of a tile of rows, or of a vector, empty. */
    private static final int FEW = 8;

    /** For {@link Conv2dCpu#forward}. */
    public static Conv2dAlgorithm forward(Conv2dGeometry g) {
        if (winograd(g)) {
            return WINOGRAD;
        }
        return RowProduct.prefersDot(g.co(), g.kw() * g.ci()) ? DOT : WINDOWS;
    }

    /** For {@link Conv2dCpu#backwardData}. */
    public static Conv2dAlgorithm backwardData(Conv2dGeometry g) {
        if (winograd(g)) {
            return WINOGRAD;
        }
        return RowProduct.prefersDot(g.ci(), g.kw() / g.stride() * g.co()) ? DOT : WINDOWS;
    }

    /** For {@link Conv2dCpu#backwardFilter}. */
    public static Conv2dAlgorithm backwardFilter(Conv2dGeometry g) {
        if (winograd(g)) {
            return WINOGRAD;
        }
        return g.ci() < FEW || g.co() < FEW ? GATHERED_TAPS : OUTER_PRODUCTS;
    }

    /** For people: this algorithm's name and what speaks for it at these sizes. */
    public String explain(Conv2dGeometry g) {
        return switch (this) {
            case WINOGRAD -> {
                int direct = g.oh() * g.ow() * g.kh() * g.kw();
                int products = new WinogradTiles().cut(g.oh(), g.ow()).products(g);
                yield String.format("winograd: 4x4 tiles, %d products a pair of channels instead of %d, %.2f x fewer", products,
                        direct, (double) direct / products);
            }
            case WINDOWS -> String.format("windows: read in place times packed weights, register tiles of %d x %d%s", RowTile.ROWS,
                    RowTile.WIDE, notWinograd(g));
            case DOT -> "dot products: at most 4 output channels would leave a register tile nearly empty";
            case OUTER_PRODUCTS -> String.format("outer products: a sum over pixels in register tiles of %d x %d%s", OuterTile.ROWS,
                    OuterTile.WIDE, notWinograd(g));
            case GATHERED_TAPS -> "gathered taps: fewer than " + FEW + " channels on one side, so taps are the rows";
        };
    }

    private static String notWinograd(Conv2dGeometry g) {
        if (g.kh() != 3 && g.kh() != 4) {
            return "";
        }
        if (!WINOGRAD_ALLOWED) {
            return "; winograd is switched off";
        }
        return g.stride() == g.kh() - 2 ? "; too few channels for winograd" : "; winograd's tiles are for 3x3 of stride 1 and 4x4 of stride 2";
    }

    private static boolean winograd(Conv2dGeometry g) {
        if (!WINOGRAD_ALLOWED || g.kh() != g.kw() || Math.min(g.oh(), g.ow()) < 2) {
            return false;
        }
        int few = Math.min(g.ci(), g.co());
        if (g.kh() == 3) {
            return g.stride() == 1 && g.pad() <= 2 && few >= WINOGRAD_CHANNELS && g.ci() + g.co() >= 3 * WINOGRAD_CHANNELS;
        }
        return g.kh() == 4 && g.stride() == 2 && g.pad() == 1 && g.h() % 2 == 0 && g.w() % 2 == 0
                && few >= 4 * WINOGRAD_CHANNELS;
    }
}
