package dev.langevin.training.evaluate;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Pixels;
import java.util.Arrays;

/**
 * Images as files hold them. Real data are bytes; what is measured against them is rounded to bytes first, or a classifier could
 * tell the two apart by that alone.
 *
 * @param pixels (n, H, W, C), unsigned, image after image; neither copied nor changed
 * @param height H
 * @param width W
 * @param channels C
 */
public record ByteImages(byte[] pixels, int height, int width, int channels) {
    public ByteImages {
        if (height < 1 || width < 1 || channels < 1 || pixels.length % (height * width * channels) != 0) {
            throw new InputException(pixels.length + " bytes are no whole number of images of " + height + " x " + width + " x " + channels);
        }
    }

    /**
     * Images rounded as a PNG of them is.
     *
     * @param images (n, H, W, C) in [-1, 1], clamped to that
     * @param shape H, W, C
     * @throws InputException when a number is not finite, which would pass for a black pixel
     */
    public static ByteImages quantised(float[] images, int... shape) {
        byte[] bytes = new byte[images.length];
        for (int i = 0; i < bytes.length; i++) {
            if (!Float.isFinite(images[i])) {
                throw new InputException("image " + i / (shape[0] * shape[1] * shape[2]) + " has a number that is " + images[i]
                        + "; draw with more steps or another sampler, and look whether the training was sound");
            }
            bytes[i] = (byte) Pixels.toByte(images[i]);
        }
        return new ByteImages(bytes, shape[0], shape[1], shape[2]);
    }

    /** The images {@code indices} of a data set of images. */
    public static ByteImages of(Dataset data, int... indices) {
        int[] shape = data.exampleShape();
        int size = data.exampleSize();
        byte[] bytes = new byte[Math.multiplyExact(indices.length, size)];
        float[] image = new float[size];
        for (int i = 0; i < indices.length; i++) {
            data.copy(indices[i], image, 0);
            for (int k = 0; k < size; k++) {
                bytes[i * size + k] = (byte) Pixels.toByte(image[k]);
            }
        }
        return new ByteImages(bytes, shape[0], shape[1], shape[2]);
    }

    /** n. */
    public int count() {
        return pixels.length / size();
    }

    /** Numbers in an image. */
    public int size() {
        return height * width * channels;
    }

    /** (n, H, W, C). */
    public Shape shape() {
        return Shape.of(count(), height, width, channels);
    }

    /** Images [from, to). */
    public ByteImages part(int from, int to) {
        return new ByteImages(Arrays.copyOfRange(pixels, from * size(), to * size()), height, width, channels);
    }

    /** The images {@code indices}, in that order. */
    public ByteImages select(int... indices) {
        byte[] chosen = new byte[indices.length * size()];
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(pixels, indices[i] * size(), chosen, i * size(), size());
        }
        return new ByteImages(chosen, height, width, channels);
    }

    /** (n, H, W, C) in [-1, 1], as networks see them. */
    public float[] floats() {
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Pixels.toFloat(pixels[i]);
        }
        return values;
    }

    /** The same as feature vectors (n, H W C). */
    public Features features() {
        return Features.of(floats(), size());
    }
}
