package dev.langevin.training.data;

import java.nio.file.Path;
import java.util.List;

/**
 * One half of a published set: images of one size, each of a class.
 *
 * @param images count * height * width * channels pixels, row by row, unsigned
 * @param labels the class of each image, from 0 to the number of classes - 1
 * @param count number of images
 * @param height rows of an image
 * @param width columns of an image
 * @param channels 1 or 3 (red, green, blue)
 * @param classes names of the classes
 * @param files where they were read
 * @param checked whether all these files had the checksums that were published
 */
public record LabelledImages(byte[] images, byte[] labels, int count, int height, int width, int channels, List<String> classes,
        List<Path> files, boolean checked) {
    /** The images in [-1, 1], shape (height, width, channels), each with its class. */
    public ImageDataset dataset() {
        return new ImageDataset(images, count, height, width, channels).labelled(labels, classes.size());
    }

    /** Number of images of each class. */
    public int[] counts() {
        int[] counts = new int[classes.size()];
        for (byte label : labels) {
            counts[label]++;
        }
        return counts;
    }
}
