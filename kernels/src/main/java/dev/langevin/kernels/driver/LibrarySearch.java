package dev.langevin.kernels.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the files of NVIDIA's libraries; opens none of them. */
public final class LibrarySearch {
    /**
     * How the search for a library ended.
     *
     * @param major its version, 0 when it was not found
     * @param files in the order in which they are to be loaded, itself last; none when it was not found
     * @param reason why it was not found, else null
     * @param folders where was looked, in order
     */
    public record Result(NativeLibrary library, int major, List<Path> files, String reason, List<Path> folders) {
        /** Whether there is something to load. */
        public boolean found() {
            return reason == null;
        }
    }

    private final Machine machine;
    private final SearchFolders folders;

    public LibrarySearch(Machine machine) {
        this.machine = machine;
        this.folders = new SearchFolders(machine);
    }

    /** Looks for the driver's library. */
    public Result driver() {
        return find(NativeLibrary.DRIVER, 1, List.of(folders.driver()));
    }

    /**
     * Looks for the others. A folder that the user names comes first; of all others, the newest version that is complete.
     * Python is asked where its packages lie when one of them is nowhere else.
     *
     * @param cuda the newest major of CUDA that the driver can run
     */
    public List<Result> libraries(int cuda) {
        Set<Path> others = new LinkedHashSet<>(folders.usual());
        List<Result> results = libraries(cuda, others);
        if (results.stream().allMatch(Result::found)) {
            return results;
        }
        others.addAll(folders.python());
        return libraries(cuda, others);
    }

    private List<Result> libraries(int cuda, Set<Path> others) {
        return Stream.of(NativeLibrary.NVRTC, NativeLibrary.CUBLAS, NativeLibrary.CUDNN)
                .map(library -> find(library, cuda, List.of(folders.named(), List.copyOf(others)))).toList();
    }

    private Result find(NativeLibrary library, int cuda, List<List<Path>> groups) {
        Set<Path> looked = new LinkedHashSet<>();
        List<String> near = new ArrayList<>();
        for (List<Path> group : groups) {
            looked.addAll(group);
            for (int major : library.majors()) {
                for (Path folder : group) {
                    Path itself = folder.resolve(library.soname(major));
                    if (!Files.isRegularFile(itself)) {
                        continue;
                    }
                    if (library != NativeLibrary.CUDNN && library != NativeLibrary.DRIVER && major > cuda) {
                        near.add(itself + " is for CUDA " + major + ", the driver for CUDA " + cuda);
                        continue;
                    }
                    List<Path> files = new ArrayList<>();
                    for (String companion : library.companions(major)) {
                        Path file = companion(itself, companion);
                        if (file == null) {
                            near.add(itself + " lacks " + companion + " beside it");
                            files = null;
                            break;
                        }
                        files.add(file);
                    }
                    if (files != null) {
                        files.add(itself);
                        return new Result(library, major, List.copyOf(files), null, List.copyOf(looked));
                    }
                }
            }
        }
        List<String> reasons = new ArrayList<>(folders.remarks());
        reasons.addAll(near);
        if (near.isEmpty()) {
            reasons.add("no " + String.join(" or ", library.majors().stream().map(library::soname).toList()) + " in the " + looked.size()
                    + " folders that were looked at");
        }
        return new Result(library, 0, List.of(), String.join("; ", reasons), List.copyOf(looked));
    }

    /** The file of that name beside {@code itself}. Of several versions the one that the library's own file is of, or the newest. */
    private Path companion(Path itself, String name) {
        List<Path> files = new ArrayList<>(machine.list(itself.getParent(), name.replace("*", "[0-9]*")));
        files.removeIf(file -> !Files.isRegularFile(file) || !file.getFileName().toString().matches(name.replace(".", "\\.").replace("*", "\\d+")));
        files.sort(Comparator.comparing(file -> SearchFolders.numbers(file.getFileName().toString())));
        String version = realName(itself).replaceFirst(".*\\.so\\.", "");
        for (Path file : files) {
            String own = file.getFileName().toString().replaceFirst(".*\\.so\\.", "");
            if (version.equals(own) || version.startsWith(own + ".")) {
                return file;
            }
        }
        return files.isEmpty() ? null : files.getLast();
    }

    private static String realName(Path file) {
        try {
            return file.toRealPath().getFileName().toString();
        } catch (IOException e) {
            return file.getFileName().toString();
        }
    }
}
