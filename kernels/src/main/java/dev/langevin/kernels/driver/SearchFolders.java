package dev.langevin.kernels.driver;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folders in which CUDA's libraries may lie, in the order in which they are looked at: those that the user names, those
 * of toolkits, of Python environments, of the system's loader; last, since it takes longest, what Python itself says.
 */
final class SearchFolders {
    /** Property and variable that name folders: with the libraries, of a toolkit, or of a Python environment. */
    static final String PROPERTY = "langevin.cuda.path";
    static final String VARIABLE = "LANGEVIN_CUDA_PATH";

    /** {@code nvidia} has no code to import: the wheels of the libraries only put their files there. */
    private static final String PYTHON = """
            import os, sys
            for path in sys.path:
                if path and any(os.path.isdir(os.path.join(path, part)) for part in ('nvidia', os.path.join('torch', 'lib'))):
                    print(os.path.abspath(path))
            """;

    private final Machine machine;
    private final List<String> remarks = new ArrayList<>();
    private final List<Path> named;
    private String cache;
    private List<String> loader;

    SearchFolders(Machine machine) {
        this.machine = machine;
        List<Path> folders = new ArrayList<>();
        for (Path path : paths(machine.named(), "-D" + PROPERTY)) {
            folders.addAll(within(path));
        }
        for (Path path : paths(machine.environment().get(VARIABLE), VARIABLE)) {
            folders.addAll(within(path));
        }
        folders.addAll(paths(machine.environment().get("LD_LIBRARY_PATH"), null));
        named = distinct(folders);
    }

    /** What the user said: it comes first, whatever version lies there. */
    List<Path> named() {
        return named;
    }

    /** What is wrong with what the user said. */
    List<String> remarks() {
        return remarks;
    }

    /** Toolkits, Python environments in their usual places, the system's loader. */
    List<Path> usual() {
        List<Path> folders = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            paths(machine.environment().get(variable), null).forEach(path -> folders.addAll(toolkit(path)));
        }
        folders.addAll(toolkit(machine.at("/usr/local/cuda")));
        List<Path> toolkits = new ArrayList<>(machine.list(machine.at("/usr/local"), "cuda-*"));
        toolkits.sort(Comparator.comparing((Path path) -> numbers(path.getFileName().toString())).reversed());
        toolkits.forEach(path -> folders.addAll(toolkit(path)));
        List<Path> prefixes = new ArrayList<>();
        prefixes.addAll(paths(machine.environment().get("VIRTUAL_ENV"), null));
        prefixes.addAll(paths(machine.environment().get("CONDA_PREFIX"), null));
        paths(machine.environment().get("HOME"), null).forEach(home -> prefixes.add(home.resolve(".local")));
        for (Path path : machine.list(machine.at("/opt"), "*")) {
            prefixes.add(path);
            prefixes.add(path.resolve(".venv"));
        }
        prefixes.add(machine.at("/usr/local"));
        prefixes.add(machine.at("/usr"));
        prefixes.forEach(prefix -> folders.addAll(environment(prefix)));
        folders.addAll(loaders("libnvrtc", "libcublas", "libcudnn"));
        folders.add(machine.at("/usr/lib/x86_64-linux-gnu"));
        folders.add(machine.at("/usr/lib64"));
        return distinct(folders);
    }

    /** Where the wheels lie that Python would import; asked only when nothing else helps, since Python may be slow to start. */
    List<Path> python() {
        List<Path> folders = new ArrayList<>();
        for (String python : List.of("python3", "python")) {
            for (String line : machine.commands().lines(python, "-c", PYTHON)) {
                paths(line, null).forEach(path -> folders.addAll(wheels(path)));
            }
            if (!folders.isEmpty()) {
                break;
            }
        }
        return distinct(folders);
    }

    /** Where the driver's library may lie, which no toolkit and no wheel brings. */
    List<Path> driver() {
        List<Path> folders = new ArrayList<>(named);
        folders.addAll(loaders("libcuda.so.1"));
        for (String path : List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib64/nvidia", "/usr/local/nvidia/lib64", "/usr/local/nvidia/lib",
                "/usr/lib/wsl/lib", "/run/opengl-driver/lib")) {
            folders.add(machine.at(path));
        }
        return distinct(folders);
    }

    /** A folder that the user names may hold the libraries, or be a toolkit, an environment or its packages' folder. */
    private List<Path> within(Path path) {
        List<Path> folders = new ArrayList<>();
        folders.add(path);
        folders.addAll(toolkit(path));
        folders.addAll(wheels(path));
        folders.addAll(environment(path));
        return folders;
    }

    private static List<Path> toolkit(Path path) {
        return List.of(path.resolve("lib64"), path.resolve("targets/x86_64-linux/lib"), path.resolve("lib"));
    }

    /** Conda puts libraries beside Python's packages, pip among them. */
    private List<Path> environment(Path prefix) {
        List<Path> folders = new ArrayList<>();
        for (Path python : machine.list(prefix.resolve("lib"), "python3*")) {
            folders.addAll(wheels(python.resolve("site-packages")));
            folders.addAll(wheels(python.resolve("dist-packages")));
        }
        if (Files.isDirectory(prefix.resolve("conda-meta"))) {
            folders.addAll(toolkit(prefix));
        }
        return folders;
    }

    /** NVIDIA's wheels for CUDA 13 share a folder but for cuDNN's; those for CUDA 12 have one each; PyTorch's old ones brought their own. */
    private List<Path> wheels(Path packages) {
        List<Path> folders = new ArrayList<>();
        List<Path> shared = new ArrayList<>(machine.list(packages.resolve("nvidia"), "cu[0-9][0-9]"));
        shared.reversed().forEach(path -> folders.add(path.resolve("lib")));
        for (String wheel : List.of("cublas", "cuda_nvrtc", "cudnn")) {
            folders.add(packages.resolve("nvidia").resolve(wheel).resolve("lib"));
        }
        folders.add(packages.resolve("torch/lib"));
        return folders;
    }

    /** Folders of the 64-bit libraries that the system's loader knows and whose names begin so. */
    private List<Path> loaders(String... names) {
        if (cache == null) {
            cache = machine.text(machine.at("/etc/ld.so.cache"));
        }
        if (List.of(names).stream().noneMatch(cache::contains)) {
            return List.of(); // without starting a program: this is all that a machine without a GPU has to do with CUDA
        }
        if (loader == null) {
            loader = machine.commands().lines("ldconfig", "-p");
            if (loader.isEmpty()) {
                loader = machine.commands().lines("/sbin/ldconfig", "-p"); // not on every user's PATH
            }
        }
        List<Path> folders = new ArrayList<>();
        for (String line : loader) {
            int arrow = line.indexOf(" => ");
            String entry = line.strip();
            if (arrow > 0 && entry.contains("x86-64") && List.of(names).stream().anyMatch(entry::startsWith)) {
                paths(line.substring(arrow + 4), null).forEach(path -> folders.add(path.getParent()));
            }
        }
        return folders;
    }

    /** The absolute paths of a list; what is named in {@code source} and is not there is remarked upon. */
    private List<Path> paths(String list, String source) {
        List<Path> paths = new ArrayList<>();
        for (String part : list == null ? new String[0] : list.split(File.pathSeparator)) {
            Path path;
            try {
                path = Path.of(part.strip());
            } catch (InvalidPathException e) {
                continue; // letters that this process's locale has not: such a file cannot be opened
            }
            if (source != null && !part.isBlank()) {
                path = path.toAbsolutePath();
                if (!Files.isDirectory(path)) {
                    remarks.add(source + " names " + path + ", which is no folder");
                }
            }
            if (path.isAbsolute()) {
                paths.add(path);
            }
        }
        return paths;
    }

    /** Those that are there, each once: {@code /usr/local/cuda} is usually a link to another of them. */
    private static List<Path> distinct(List<Path> folders) {
        Map<Path, Path> found = new LinkedHashMap<>();
        for (Path folder : folders) {
            try {
                if (Files.isDirectory(folder)) {
                    found.putIfAbsent(folder.toRealPath(), folder);
                }
            } catch (IOException e) {
                continue; // it cannot be entered
            }
        }
        return List.copyOf(found.values());
    }

    /** Numbers in a name, padded so that they compare as text: cuda-12.10 after cuda-12.9. */
    static String numbers(String name) {
        StringBuilder key = new StringBuilder();
        for (String number : name.replaceAll("\\D+", " ").strip().split(" ")) {
            key.append("0".repeat(Math.max(0, 6 - number.length()))).append(number).append('.');
        }
        return key.toString();
    }
}
