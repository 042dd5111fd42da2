package dev.langevin.model.nn;

/**
 * The shape of a {@link ScoreCnn}.
 *
 * @param imageSize height and width in pixels
 * @param channels channels of the image
 * @param width channels of the hidden layers, at least 2
 * @param depth number of hidden layers; an output pixel sees 2 depth + 3 pixels in each direction
 * @param timeEmbedding length of the time's embedding
 * @param timeFeatures {@code sinusoidal}, {@code fourier}, {@code linear} or {@code lookup}
 * @param timeScale what the time is multiplied by, or the deviation of the Fourier frequencies
 * @param noise what stands for the time
 */
public record CnnConfig(int imageSize, int channels, int width, int depth, int timeEmbedding, String timeFeatures, double timeScale,
        NoiseLabel noise) implements ScoreNetworkConfig {
    public static CnnConfig defaults() {
        return new CnnConfig(28, 1, 64, 4, 128, "sinusoidal", 999, NoiseLabel.PLAIN);
    }

    public CnnConfig {
        Checks.atLeast("image-size", imageSize, 1);
        Checks.atLeast("channels", channels, 1);
        Checks.atLeast("width", width, 2);
        Checks.atLeast("depth", depth, 1);
        Checks.atLeast("time-embedding", timeEmbedding, 1);
        TimeEmbedding.named(timeFeatures, timeScale, noise);
        Checks.fits("image-size " + imageSize + " with channels " + channels, imageSize, imageSize, channels);
        Checks.fits("image-size " + imageSize + " with width " + width, imageSize, imageSize, width);
        Checks.fits("width " + width, 9, width, width);
        Checks.fits("width " + width + " with channels " + channels, 9, width, channels);
        Checks.fits("time-embedding " + timeEmbedding, timeEmbedding, timeEmbedding);
        Checks.fits("time-embedding " + timeEmbedding + " with width " + width, timeEmbedding, width);
        Checks.fits("noise.levels " + noise.levels() + " with width " + width, noise.levels(), width);
    }

    @Override
    public int[] exampleShape() {
        return new int[] {imageSize, imageSize, channels};
    }

    @Override
    public ScoreNetwork build(Parameters parameters) {
        return new ScoreCnn(this, parameters);
    }
}
