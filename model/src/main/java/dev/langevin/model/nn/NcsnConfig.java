package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import java.util.List;

/**
 * The shape of a {@link ScoreNcsn}.
 *
 * @param imageSize height and width in pixels; any
 * @param channels channels of the image
 * @param baseChannels channels of the first scale
 * @param channelMults channels of each scale, as multiples of {@code baseChannels}; a scale has half the pixels of the one
 *        before it in each direction, rounded up
 * @param norm {@code instance}, each channel of each image by itself, or {@code group}
 * @param groups groups of the latter
 * @param timeEmbedding length of the noise level's embedding
 * @param timeFeatures {@code sinusoidal}, {@code fourier}, {@code linear} or {@code lookup}
 * @param timeScale what the label is multiplied by, or the deviation of the Fourier frequencies
 * @param noise the label of the noise level
 */
public record NcsnConfig(int imageSize, int channels, int baseChannels, List<Integer> channelMults, String norm, int groups,
        int timeEmbedding, String timeFeatures, double timeScale, NoiseLabel noise) implements ScoreNetworkConfig {
    private static final int MOST_SCALES = 10;

    /** For 28x28 images, told the index of one of 100 levels. */
    public static NcsnConfig defaults() {
        return new NcsnConfig(28, 1, 64, List.of(1, 2), "instance", 8, 128, "lookup", 1, new NoiseLabel(NoiseLabel.Kind.INDEX, 100));
    }

    public NcsnConfig {
        channelMults = List.copyOf(channelMults);
        Checks.oneOf("norm", norm, "instance", "group");
        Checks.atLeast("image-size", imageSize, 1);
        Checks.atLeast("channels", channels, 1);
        Checks.atLeast("base-channels", baseChannels, 2);
        Checks.atLeast("number of channel-mults", channelMults.size(), 1);
        channelMults.forEach(m -> Checks.atLeast("channel-mults", m, 1));
        Checks.atLeast("groups", groups, 1);
        Checks.atLeast("time-embedding", timeEmbedding, 1);
        TimeEmbedding.named(timeFeatures, timeScale, noise);
        if (channelMults.size() > MOST_SCALES) {
            throw new InputException("network: channel-mults has " + channelMults.size() + " scales; use at most " + MOST_SCALES);
        }
        int most = channelMults.stream().max(Integer::compare).orElseThrow();
        Checks.fits("image-size " + imageSize + " with channels " + channels, imageSize, imageSize, channels);
        Checks.fits("image-size " + imageSize + " with base-channels " + baseChannels, imageSize, imageSize, baseChannels);
        Checks.fits("base-channels " + baseChannels + " with channels " + channels, 9, baseChannels, channels);
        Checks.fits("base-channels " + baseChannels + " times " + most, 18, baseChannels, most, baseChannels, most);
        Checks.fits("time-embedding " + timeEmbedding, timeEmbedding, timeEmbedding);
        Checks.fits("time-embedding " + timeEmbedding + " with base-channels " + baseChannels + " times " + most,
                timeEmbedding, 4, baseChannels, most);
        Checks.fits("noise.levels " + noise.levels() + " with base-channels " + baseChannels, noise.levels(), baseChannels);
        int smallest = (imageSize - 1 >> channelMults.size() - 1) + 1;
        if (norm.equals("instance") && smallest < 2) {
            throw new InputException("network: norm 'instance' of the last scale's single pixel is always 0; use fewer channel-mults than "
                    + channelMults.size() + ", or norm \"group\"");
        }
        if (norm.equals("group") && baseChannels % groups != 0) {
            throw new InputException("network: base-channels " + baseChannels + " does not divide by groups " + groups);
        }
    }

    @Override
    public int[] exampleShape() {
        return new int[] {imageSize, imageSize, channels};
    }

    @Override
    public ScoreNetwork build(Parameters parameters) {
        return new ScoreNcsn(this, parameters);
    }
}
