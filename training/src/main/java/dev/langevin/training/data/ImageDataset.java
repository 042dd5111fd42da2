package dev.langevin.training.data;

/** Images kept as bytes and given as floats in [-1, 1] (see {@link Pixels}). */
public final class ImageDataset implements Dataset {
    private final byte[] pixels; // (size, height, width, channels), unsigned
    private final int size;
    private final int height;
    private final int width;
    private final int channels;
    private final byte[] labels; // (size), or null
    private final int classes;

    /** Images without labels, of shape (height, width, channels) one after the other in {@code pixels}, which is not copied. */
    public ImageDataset(byte[] pixels, int size, int height, int width, int channels) {
        this(pixels, size, height, width, channels, null, 0);
    }

    private ImageDataset(byte[] pixels, int size, int height, int width, int channels, byte[] labels, int classes) {
        if ((long) size * height * width * channels != pixels.length) {
            throw new IllegalArgumentException(pixels.length + " bytes are not " + size + " images of ("
                    + height + ", " + width + ", " + channels + ")");
        }
        this.pixels = pixels;
        this.size = size;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.labels = labels;
        this.classes = classes;
    }

    /** The same images, image i of class {@code labels[i]} in [0, {@code classes}); labels are not copied. */
    public ImageDataset labelled(byte[] labels, int classes) {
        if (labels.length != size) {
            throw new IllegalArgumentException(labels.length + " labels for " + size + " images");
        }
        return new ImageDataset(pixels, size, height, width, channels, labels, classes);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int[] exampleShape() {
        return new int[] {height, width, channels};
    }

    @Override
    public int classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[index] & 0xff;
    }

    @Override
    public void copy(int index, float[] into, int offset) {
        int length = height * width * channels;
        int from = index * length;
        for (int i = 0; i < length; i++) {
            into[offset + i] = Pixels.toFloat(pixels[from + i]);
        }
    }
}
