package dev.langevin.benchmarks.peer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch as it is used here: how it is loaded, arrays to tensors and back, and when its tensors are freed. */
final class Libtorch {
    /** What of its surroundings decides libtorch's speed. */
    private static final Pattern LIBRARY = Pattern.compile(
            "(/mkl-.*)?/lib((?:torch_cpu|mkl|openblas|iomp|gomp|jemalloc|tcmalloc)[^/]*)\\.so[.0-9]*$");

    private Libtorch() {
    }

    /**
     * Loads it, with MKL for BLAS. JavaCPP's memory limit is lifted: it counts the whole process, Langevin's heap
     * included, and would call the garbage collector in the middle of a measurement.
     */
    static void load(int threads) {
        System.setProperty("org.bytedeco.openblas.load", "mkl");
        System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
        System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        torch.set_num_threads(threads);
        torch.manual_seed(1);
        torch.mm(torch.randn(256, 256), torch.randn(256, 256)); // loads what is loaded at first use
    }

    /** What is in use, read from the running process, not from what was asked for. */
    static List<String> settings() {
        TreeSet<String> libraries = new TreeSet<>();
        String version;
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            maps.map(LIBRARY::matcher).filter(Matcher::find).forEach(m -> libraries.add(m.group(2)
                    + (m.group(1) != null && m.group(2).startsWith("openblas") ? " (MKL under that name)" : "")));
            version = Loader.getVersion("org.bytedeco", "pytorch");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String malloc = System.getenv("MALLOC_CONF");
        return List.of("libtorch " + version + ", " + torch.get_num_threads() + " threads, CPU capability "
                        + text(torch.get_cpu_capability()),
                text(torch.get_mkldnn_version()), text(torch.get_openmp_version()),
                "libraries in the process: " + String.join(", ", libraries),
                "MALLOC_CONF: " + (malloc == null ? "not set" : malloc));
    }

    private static String text(BytePointer bytes) {
        return bytes.getString().strip();
    }

    /** A float32 tensor of this shape, row-major. */
    static Tensor tensor(float[] values, int... shape) {
        long[] dims = new long[shape.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape[i];
        }
        return Tensor.create(values, dims);
    }

    /** All elements in row-major order, whatever the layout in memory. */
    static float[] array(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        tensor.contiguous().data_ptr_float().get(values);
        return values;
    }

    /**
     * What {@code body} makes, without its hold on what it made on the way: what the gradient does not need is freed
     * at once, as in a C++ function whose locals go out of scope.
     */
    static Tensor tidy(Supplier<Tensor> body) {
        PointerScope outer = PointerScope.getInnerScope();
        try (PointerScope inner = new PointerScope()) {
            Tensor result = body.get();
            outer.attach(result);
            return result;
        }
    }
}
