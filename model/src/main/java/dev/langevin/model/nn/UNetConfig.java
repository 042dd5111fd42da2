package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import java.util.List;

/**
 * The shape of a {@link ScoreUNet}. All names are those of the configuration files.
 *
 * @param imageSize height and width in pixels; divisible by 2 once for each level but the first
 * @param channels channels of the image
 * @param baseChannels channels of the first level
 * @param channelMults channels of each level, as multiples of {@code baseChannels}
 * @param resBlocks residual blocks a level on the way down; one more on the way up
 * @param timeEmbedding length of the time's embedding
 * @param timeFeatures {@code sinusoidal}, {@code fourier}, {@code linear} or {@code lookup}
 * @param timeScale what the time is multiplied by, or the deviation of the Fourier frequencies
 * @param conditioning {@code shift}, {@code film} or {@code adagn}
 * @param upsampling {@code transposed}, a transposed 4x4 convolution of stride 2; {@code nearest} or {@code fir}, nearest neighbours
 *        or the filter [1 3 3 1], then a 3x3 convolution
 * @param attention image sizes, in pixels, at whose level each block is followed by self-attention
 * @param middleAttention whether the middle block has self-attention
 * @param heads attention heads
 * @param groups groups of the normalisations
 * @param dropout probability that an element of a residual block is dropped in training
 * @param zeroInit whether the last convolution of each block starts at zero
 * @param noise what stands for the time
 * @param classes how the class of an image is told, if there are classes
 * @param ncsnpp parts of NCSN++
 */
public record UNetConfig(int imageSize, int channels, int baseChannels, List<Integer> channelMults, int resBlocks,
        int timeEmbedding, String timeFeatures, double timeScale, String conditioning, String upsampling,
        List<Integer> attention, boolean middleAttention, int heads, int groups, double dropout, boolean zeroInit,
        NoiseLabel noise, ClassConfig classes, NcsnppConfig ncsnpp) implements ScoreNetworkConfig {

    private static final int MOST_LEVELS = 10;

    /** The U-Net of 28x28 images with 64, 128 and 256 channels. */
    public static UNetConfig defaults() {
        return new UNetConfig(28, 1, 64, List.of(1, 2, 4), 2, 128, "sinusoidal", 999, "shift", "transposed",
                List.of(), true, 4, 8, 0, false);
    }

    /** DDPM's U-Net: told the time, without classes, without parts of NCSN++. */
    public UNetConfig(int imageSize, int channels, int baseChannels, List<Integer> channelMults, int resBlocks,
            int timeEmbedding, String timeFeatures, double timeScale, String conditioning, String upsampling,
            List<Integer> attention, boolean middleAttention, int heads, int groups, double dropout, boolean zeroInit) {
        this(imageSize, channels, baseChannels, channelMults, resBlocks, timeEmbedding, timeFeatures, timeScale, conditioning, upsampling,
                attention, middleAttention, heads, groups, dropout, zeroInit, NoiseLabel.PLAIN, ClassConfig.NONE, NcsnppConfig.NONE);
    }

    /** Refuses what cannot be built, naming the key that is wrong. */
    public UNetConfig {
        channelMults = List.copyOf(channelMults);
        attention = List.copyOf(attention);
        TimeEmbedding.named(timeFeatures, timeScale, noise);
        Checks.oneOf("conditioning", conditioning, "shift", "film", "adagn");
        Checks.oneOf("upsampling", upsampling, "transposed", "nearest", "fir");
        Checks.atLeast("image-size", imageSize, 1);
        Checks.atLeast("channels", channels, 1);
        Checks.atLeast("base-channels", baseChannels, 2);
        Checks.atLeast("number of channel-mults", channelMults.size(), 1);
        channelMults.forEach(m -> Checks.atLeast("channel-mults", m, 1));
        Checks.atLeast("res-blocks", resBlocks, 1);
        Checks.atLeast("time-embedding", timeEmbedding, 1);
        Checks.atLeast("heads", heads, 1);
        Checks.atLeast("groups", groups, 1);
        if (channelMults.size() > MOST_LEVELS) {
            throw new InputException("network: channel-mults has " + channelMults.size() + " levels; use at most " + MOST_LEVELS);
        }
        int most = channelMults.stream().max(Integer::compare).orElseThrow();
        // The largest tensors that one image and each weight have, at least: products below stay within an int.
        Checks.fits("image-size " + imageSize + " with channels " + channels, imageSize, imageSize, channels);
        Checks.fits("image-size " + imageSize + " with base-channels " + baseChannels, imageSize, imageSize, baseChannels);
        Checks.fits("base-channels " + baseChannels + " with channels " + channels, 9, baseChannels, channels);
        Checks.fits("base-channels " + baseChannels + " times " + most, 18, baseChannels, most, baseChannels, most);
        Checks.fits("time-embedding " + timeEmbedding, timeEmbedding, timeEmbedding);
        Checks.fits("time-embedding " + timeEmbedding + " with base-channels " + baseChannels + " times " + most, timeEmbedding, 2, baseChannels, most);
        Checks.fits("noise.levels " + noise.levels() + " with base-channels " + baseChannels, noise.levels(), baseChannels);
        Checks.fits("classes.number " + classes.number() + " with classes.tokens " + classes.tokens() + " and time-embedding " + timeEmbedding,
                Math.max(1, classes.number()), timeEmbedding, classes.attended() ? classes.tokens() : 1);
        int factor = 1 << (channelMults.size() - 1);
        if (imageSize % factor != 0) {
            throw new InputException("network: image-size " + imageSize + " does not divide by " + factor + ", which "
                    + channelMults.size() + " channel-mults need; use " + (imageSize / factor + 1) * factor + " or fewer levels");
        }
        if (baseChannels % groups != 0) {
            throw new InputException("network: base-channels " + baseChannels + " does not divide by groups " + groups);
        }
        for (int mult : channelMults) {
            if ((middleAttention || !attention.isEmpty()) && baseChannels * mult % heads != 0) {
                throw new InputException("network: base-channels " + baseChannels + " times " + mult
                        + " does not divide by heads " + heads);
            }
        }
        for (int size : attention) {
            boolean found = false;
            for (int level = 0; level < channelMults.size(); level++) {
                found |= imageSize >> level == size;
            }
            if (!found) {
                throw new InputException("network: attention " + size + " is the size of no level of a " + imageSize
                        + "-pixel image; sizes are halves of it");
            }
        }
        if (classes.attended() && attention.isEmpty() && !middleAttention) {
            throw new InputException("network: classes.conditioning \"cross-attention\" follows self-attention, and there is none; "
                    + "give attention an image size or set middle-attention = true");
        }
        checkParts(channelMults.size(), upsampling, ncsnpp);
        if (!(dropout >= 0 && dropout < 1)) {
            throw new InputException("network: dropout " + dropout + " is not in [0, 1)");
        }
    }

    private static void checkParts(int levels, String upsampling, NcsnppConfig parts) {
        if (parts.biggan() && (upsampling.equals("transposed") || parts.downsampling().equals("strided"))) {
            throw new InputException("network: ncsnpp.blocks \"biggan\" resamples without weights; set upsampling to nearest or fir "
                    + "and ncsnpp.downsampling to pooled or fir");
        }
        if (levels == 1 && !(parts.progressiveInput().equals("none") && parts.progressiveOutput().equals("none"))) {
            throw new InputException("network: ncsnpp.progressive-input and progressive-output go from level to level, and channel-mults has only one");
        }
    }

    /** Number of levels. */
    int levels() {
        return channelMults.size();
    }

    /** Channels of a level. */
    int width(int level) {
        return baseChannels * channelMults.get(level);
    }

    public UNetConfig withNoise(NoiseLabel noise) {
        return with(noise, classes, ncsnpp);
    }

    public UNetConfig withClasses(ClassConfig classes) {
        return with(noise, classes, ncsnpp);
    }

    public UNetConfig withNcsnpp(NcsnppConfig ncsnpp) {
        return with(noise, classes, ncsnpp);
    }

    private UNetConfig with(NoiseLabel noise, ClassConfig classes, NcsnppConfig ncsnpp) {
        return new UNetConfig(imageSize, channels, baseChannels, channelMults, resBlocks, timeEmbedding, timeFeatures, timeScale, conditioning,
                upsampling, attention, middleAttention, heads, groups, dropout, zeroInit, noise, classes, ncsnpp);
    }

    @Override
    public int[] exampleShape() {
        return new int[] {imageSize, imageSize, channels};
    }

    @Override
    public ScoreNetwork build(Parameters parameters) {
        return new ScoreUNet(this, parameters);
    }
}
