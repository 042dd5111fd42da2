package dev.langevin.model.nn;

/**
 * The parts by which NCSN++ differs from the U-Net of DDPM, each by itself (N-NCSNPP; Song et al. 2021, appendix H); the
 * FIR filters on the way up are {@link UNetConfig#upsampling}'s.
 *
 * @param downsampling {@code strided}, a 3x3 convolution of stride 2; {@code pooled} or {@code fir}, means of 2x2 pixels or
 *        the filter [1 3 3 1], then a 3x3 convolution
 * @param blocks {@code ddpm}, resampling between residual blocks; or {@code biggan}, inside residual blocks, on both their
 *        branches (Brock et al. 2019), without the convolutions that follow it otherwise
 * @param skipRescale whether what a residual block or an attention adds up is divided by sqrt(2), which keeps the
 *        variance of branches of equal variance
 * @param progressiveInput {@code none}; {@code input-skip}, the image in smaller and smaller copies is added on the way
 *        down through 1x1 convolutions; or {@code residual}, a chain of convolutions that starts at the image is
 * @param progressiveOutput {@code none}; {@code output-skip}, the output is the sum of an image of each level; or
 *        {@code residual}, a chain of convolutions from the smallest level is added on the way up
 */
public record NcsnppConfig(String downsampling, String blocks, boolean skipRescale, String progressiveInput, String progressiveOutput) {
    /** None of the parts: DDPM's U-Net. */
    public static final NcsnppConfig NONE = new NcsnppConfig("strided", "ddpm", false, "none", "none");

    public NcsnppConfig {
        Checks.oneOf("ncsnpp.downsampling", downsampling, "strided", "pooled", "fir");
        Checks.oneOf("ncsnpp.blocks", blocks, "ddpm", "biggan");
        Checks.oneOf("ncsnpp.progressive-input", progressiveInput, "none", "input-skip", "residual");
        Checks.oneOf("ncsnpp.progressive-output", progressiveOutput, "none", "output-skip", "residual");
    }

    boolean biggan() {
        return blocks.equals("biggan");
    }
}
