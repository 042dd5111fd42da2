package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.training.image.ImageFile;
import dev.langevin.training.image.Raster;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The images of an {@link ImageFolder} in one size, decoded once and kept as bytes; given as floats in [-1, 1]. */
public final class FolderDataset implements Dataset {
    private final byte[][] images; // one array each: together they may be longer than an array can be
    private final int[] labels;
    private final int classes;
    private final int[] shape;

    private FolderDataset(byte[][] images, ImageFolder folder, int[] shape) {
        this.images = images;
        this.labels = folder.labels();
        this.classes = folder.classes().size();
        this.shape = shape;
    }

    /**
     * Reads all images, scaled to cover the shape and cropped in the middle ({@link Raster#cover}).
     *
     * @param shape (H, W, C) with C = 1, grey, or 3
     * @param memory bytes that there are for the images
     * @param progress told in a line what is read
     * @throws InputException when they need more memory, or naming a file that cannot be read or is smaller than the shape
     */
    public static FolderDataset read(ImageFolder folder, int[] shape, long memory, Consumer<String> progress) {
        if (shape.length != 3 || shape[2] != 1 && shape[2] != 3) {
            throw new InputException("data set folder: holds images in grey or colour; choose a network of images with 1 or 3 channels");
        }
        int size = folder.files().size();
        long bytes = bytes(size, shape);
        if (bytes > memory) {
            throw new InputException(String.format("%s: its %,d images take %,d MiB at %d x %d, and there are %,d MiB; use fewer, a smaller image-size, or give the JVM "
                    + "more (LANGEVIN_OPTS=-Xmx12g)", folder.root(), size, bytes >> 20, shape[0], shape[1], memory >> 20));
        }
        progress.accept(String.format("reading %,d images of %s, scaled down and cropped to %d x %d (%,d MiB)%s", size, folder.root(), shape[0], shape[1], bytes >> 20,
                folder.passedOver() == 0 ? "" : "; " + folder.passedOver() + " files that are not .png, .jpg or .jpeg are passed over"));
        byte[][] images = new byte[size][];
        IntStream.range(0, size).parallel().forEach(i -> images[i] = image(folder.files().get(i), shape));
        return new FolderDataset(images, folder, shape.clone());
    }

    /** Bytes that so many images take. */
    static long bytes(int size, int[] shape) {
        return (long) size * shape[0] * shape[1] * shape[2];
    }

    private static byte[] image(Path file, int[] shape) {
        Raster raster = ImageFile.read(file, shape[2]);
        if (raster.height() < shape[0] || raster.width() < shape[1]) {
            throw new InputException(file + ": is " + raster.width() + " x " + raster.height() + " pixels, smaller than the network's " + shape[1] + " x " + shape[0]
                    + "; take it out, or choose a smaller image-size");
        }
        return raster.cover(shape[0], shape[1]).pixels();
    }

    @Override
    public int size() {
        return images.length;
    }

    @Override
    public int[] exampleShape() {
        return shape.clone();
    }

    @Override
    public int classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public void copy(int index, float[] into, int offset) {
        byte[] image = images[index];
        for (int i = 0; i < image.length; i++) {
            into[offset + i] = Pixels.toFloat(image[i]);
        }
    }
}
