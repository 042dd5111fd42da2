package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.Reason;
import dev.langevin.training.image.ImageFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The images of a folder of the user's: either all lie in it, without classes, or all in its subfolders, at any depth, and each
 * subfolder is a class.
 *
 * @param root the folder
 * @param files PNG and JPEG files by their names' endings, in the order of their paths, which is the same on every machine
 * @param classes names of the subfolders that hold images, in order; empty where there are none
 * @param labels index into {@code classes} of each file; empty where there are none
 * @param passedOver number of files with other endings, but for hidden ones
 */
public record ImageFolder(Path root, List<Path> files, List<String> classes, int[] labels, int passedOver) {
    /**
     * Lists a folder; no file is opened.
     *
     * @throws InputException when it is no folder, cannot be read, or holds no images, or holds them both beside and in subfolders
     */
    public static ImageFolder list(Path root) {
        if (!Files.isDirectory(root)) {
            throw new InputException(root + ": no such folder; give the folder of the images with --data");
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = walk.filter(f -> Files.isRegularFile(f) && !hidden(root.relativize(f))).toList();
        } catch (IOException e) {
            throw unreadable(root, e);
        } catch (UncheckedIOException e) { // of a subfolder
            throw unreadable(root, e.getCause());
        }
        List<Path> files = new ArrayList<>(all.stream().filter(ImageFile::isNamedLikeOne).toList());
        files.sort(Comparator.comparing(f -> slashed(root.relativize(f))));
        if (files.isEmpty()) {
            throw new InputException(root + ": holds no images (.png, .jpg, .jpeg); give the folder of the images with --data");
        }
        long beside = files.stream().filter(f -> root.relativize(f).getNameCount() == 1).count();
        if (beside > 0 && beside < files.size()) {
            throw new InputException(root + ": has images both in it (such as " + files.stream().filter(f -> root.relativize(f).getNameCount() == 1).findFirst()
                    .orElseThrow().getFileName() + ") and in its subfolders, which are classes; move them all to one or the other");
        }
        List<String> classes = beside > 0 ? List.of() : List.copyOf(new TreeSet<>(files.stream().map(f -> first(root, f)).toList()));
        int[] labels = beside > 0 ? new int[0] : files.stream().mapToInt(f -> classes.indexOf(first(root, f))).toArray();
        return new ImageFolder(root, List.copyOf(files), classes, labels, all.size() - files.size());
    }

    private static InputException unreadable(Path root, IOException e) {
        return new InputException(root + ": cannot be read (" + Reason.of(e) + "); give another folder with --data, or the right to read this one", e);
    }

    private static String first(Path root, Path file) {
        return root.relativize(file).getName(0).toString();
    }

    private static boolean hidden(Path path) {
        for (Path part : path) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    private static String slashed(Path path) {
        return path.toString().replace(path.getFileSystem().getSeparator(), "/");
    }

    /** Number of images of each class. */
    public int[] counts() {
        int[] counts = new int[classes.size()];
        for (int label : labels) {
            counts[label]++;
        }
        return counts;
    }
}
