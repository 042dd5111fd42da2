package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import java.util.Arrays;
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
 * @param timeFeatures {@code sinusoidal} or {@code fourier}
 * @param timeScale what the time is multiplied by before the sines, or the deviation of the Fourier frequencies
 * @param conditioning {@code shift}, {@code film} or {@code adagn}
 * @param upsampling {@code transposed} or {@code nearest}
 * @param attention image sizes, in pixels, at whose level each block is followed by self-attention
 * @param middleAttention whether the middle block has self-attention
 * @param heads attention heads
 * @param groups groups of the normalisations
 * @param dropout probability that an element of a residual block is dropped in training
 * @param zeroInit whether the last convolution of each block starts at zero
 */
public record UNetConfig(int imageSize, int channels, int baseChannels, List<Integer> channelMults, int resBlocks,
        int timeEmbedding, String timeFeatures, double timeScale, String conditioning, String upsampling,
        List<Integer> attention, boolean middleAttention, int heads, int groups, double dropout, boolean zeroInit) {

    private static final int MOST_LEVELS = 10;

    /** The U-Net of 28x28 images with 64, 128 and 256 channels. */
    public static UNetConfig defaults() {
        return new UNetConfig(28, 1, 64, List.of(1, 2, 4), 2, 128, "sinusoidal", 999, "shift", "transposed",
                List.of(), true, 4, 8, 0, false);
    }

    /** Refuses what cannot be built, naming the key that is wrong. */
    public UNetConfig {
        channelMults = List.copyOf(channelMults);
        attention = List.copyOf(attention);
        oneOf("time-features", timeFeatures, "sinusoidal", "fourier");
        oneOf("conditioning", conditioning, "shift", "film", "adagn");
        oneOf("upsampling", upsampling, "transposed", "nearest");
        atLeast("image-size", imageSize, 1);
        atLeast("channels", channels, 1);
        atLeast("base-channels", baseChannels, 2);
        atLeast("number of channel-mults", channelMults.size(), 1);
        channelMults.forEach(m -> atLeast("channel-mults", m, 1));
        atLeast("res-blocks", resBlocks, 1);
        atLeast("time-embedding", timeEmbedding, 1);
        atLeast("heads", heads, 1);
        atLeast("groups", groups, 1);
        if (channelMults.size() > MOST_LEVELS) {
            throw new InputException("network: channel-mults has " + channelMults.size() + " levels; use at most " + MOST_LEVELS);
        }
        if (!Double.isFinite(timeScale)) {
            throw new InputException("network: time-scale " + timeScale + " is not finite");
        }
        int most = channelMults.stream().max(Integer::compare).orElseThrow();
        // The largest tensors that one image and each weight have, at least: products below stay within an int.
        fits("image-size " + imageSize + " with channels " + channels, imageSize, imageSize, channels);
        fits("image-size " + imageSize + " with base-channels " + baseChannels, imageSize, imageSize, baseChannels);
        fits("base-channels " + baseChannels + " with channels " + channels, 9, baseChannels, channels);
        fits("base-channels " + baseChannels + " times " + most, 18, baseChannels, most, baseChannels, most);
        fits("time-embedding " + timeEmbedding, timeEmbedding, timeEmbedding);
        fits("time-embedding " + timeEmbedding + " with base-channels " + baseChannels + " times " + most, timeEmbedding, 2, baseChannels, most);
        int factor = 1 << (channelMults.size() - 1);
        if (imageSize % factor != 0) {
            throw new InputException("network: image-size " + imageSize + " does not divide by " + factor + ", which "
                    + channelMults.size() + " channel-mults need; use " + (imageSize / factor + 1) * factor + " or fewer levels");
        }
        for (int mult : channelMults) {
            if (baseChannels * mult % groups != 0) {
                throw new InputException("network: base-channels " + baseChannels + " times " + mult
                        + " does not divide by groups " + groups);
            }
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
        if (!(dropout >= 0 && dropout < 1)) {
            throw new InputException("network: dropout " + dropout + " is not in [0, 1)");
        }
    }

    private static void oneOf(String key, String value, String... known) {
        if (!Arrays.asList(known).contains(value)) {
            throw new InputException("network: " + key + " '" + value + "' is unknown; use " + String.join(", ", known));
        }
    }

    /** Refuses a tensor whose lengths have a product beyond 2^31 - 1. */
    private static void fits(String what, int... lengths) {
        long product = 1;
        for (int length : lengths) {
            product *= length; // below 2^62
            if (product > Integer.MAX_VALUE) {
                throw new InputException("network: " + what + " needs a tensor of more than 2^31 - 1 numbers; use less");
            }
        }
    }

    private static void atLeast(String key, int value, int least) {
        if (value < least) {
            throw new InputException("network: " + key + " " + value + " is less than " + least);
        }
    }
}
