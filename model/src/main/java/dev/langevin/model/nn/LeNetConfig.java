package dev.langevin.model.nn;

import dev.langevin.engine.InputException;

/**
 * The shape of a {@link LeNet}.
 *
 * @param imageSize height and width in pixels, at least 4
 * @param channels channels of the image
 * @param width channels at half the image's size, a multiple of 4; twice as many at a quarter of it
 * @param features d, length of the features
 * @param dropout share of the features that training drops, in [0, 1)
 * @param classes K, how many classes are told apart, at least 2
 */
public record LeNetConfig(int imageSize, int channels, int width, int features, double dropout, int classes) implements NetworkConfig {
    public static LeNetConfig defaults() {
        return new LeNetConfig(28, 1, 32, 128, 0, 10);
    }

    public LeNetConfig {
        Checks.atLeast("image-size", imageSize, 4);
        Checks.atLeast("channels", channels, 1);
        Checks.atLeast("width", width, LeNet.GROUPS);
        Checks.atLeast("features", features, 1);
        Checks.atLeast("classes", classes, 2);
        if (width % LeNet.GROUPS != 0) {
            throw new InputException("network: width " + width + " is no multiple of " + LeNet.GROUPS);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new InputException("network: dropout " + dropout + " is not in [0, 1)");
        }
        Checks.fits("image-size " + imageSize + " with channels " + channels, imageSize, imageSize, channels);
        Checks.fits("width " + width, 9, width, width);
        Checks.fits("width " + width, 9, 2 * width, 2 * width);
        Checks.fits("width " + width + " with channels " + channels, 16, width, channels);
        Checks.fits("image-size " + imageSize + " with width " + width, imageSize, imageSize, width);
        Checks.fits("features " + features + " with image-size " + imageSize + " and width " + width, imageSize, imageSize, width, features);
        Checks.fits("features " + features + " with classes " + classes, features, classes);
    }

    @Override
    public int[] exampleShape() {
        return new int[] {imageSize, imageSize, channels};
    }
}
