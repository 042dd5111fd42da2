package dev.langevin.kernels.driver;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import jcuda.nvrtc.JNvrtc;

/**
 * The libraries of NVIDIA's that are called, each through a library of JCuda's. NVIDIA names files by major version, and
 * every major has other files; a library is the whole of one major's files, from one folder.
 */
public enum NativeLibrary {
    /** Comes with the GPU's driver; one name for all versions. */
    DRIVER("driver", "libcuda", List.of(1), 1, NativeFunctions.DRIVER, DriverProbe.FUNCTIONS) {
        @Override
        public Class<?> binding() {
            return JCudaDriver.class;
        }

        @Override
        String hint(int cuda) {
            return "install NVIDIA's driver and see that nvidia-smi works; pass the GPUs into a container (docker run --gpus all)";
        }
    },
    /** Compiles CUDA sources at run time; nothing but a user's own kernels needs it. */
    NVRTC("NVRTC", "libnvrtc", List.of(13, 12), 12, NativeFunctions.NVRTC, List.of("nvrtcVersion")) {
        @Override
        public Class<?> binding() {
            return JNvrtc.class;
        }

        @Override
        List<String> companions(int major) {
            return List.of("libnvrtc-builtins.so." + major + ".*");
        }

        @Override
        String hint(int cuda) {
            return install("nvidia-cuda-nvrtc", cuda >= 13 ? "" : "-cu" + cuda);
        }
    },
    /** Matrix products. */
    CUBLAS("cuBLAS", "libcublas", List.of(13, 12), 12, NativeFunctions.CUBLAS, List.of("cublasGetProperty")) {
        @Override
        public Class<?> binding() {
            return JCublas2.class;
        }

        @Override
        List<String> companions(int major) {
            return List.of("libcublasLt.so." + major);
        }

        @Override
        String hint(int cuda) {
            return install("nvidia-cublas", cuda >= 13 ? "" : "-cu" + cuda);
        }
    },
    /** Convolutions. Its majors are its own; there is a build of each for CUDA 12, and of 9 for CUDA 13. */
    CUDNN("cuDNN", "libcudnn", List.of(9, 8), 8, NativeFunctions.CUDNN, List.of("cudnnGetVersion", "cudnnGetCudartVersion")) {
        @Override
        public Class<?> binding() {
            return JCudnn.class;
        }

        @Override
        List<String> companions(int major) {
            List<String> parts = major == 8 ? List.of("ops_infer", "ops_train", "cnn_infer", "cnn_train", "adv_infer", "adv_train")
                    : List.of("graph", "ops", "cnn", "adv", "heuristic", "engines_precompiled", "engines_runtime_compiled");
            return parts.stream().map(part -> "libcudnn_" + part + ".so." + major).toList();
        }

        @Override
        String hint(int cuda) {
            return install("nvidia-cudnn", "-cu" + cuda);
        }
    };

    private final String label;
    private final String stem;
    private final List<Integer> majors;
    private final int linkedMajor;
    private final List<String> called;
    private final List<String> asked;

    /**
     * @param called its functions that are called through JCuda
     * @param asked those that are called to see what it is
     */
    NativeLibrary(String label, String stem, List<Integer> majors, int linkedMajor, List<String> called, List<String> asked) {
        this.label = label;
        this.stem = stem;
        this.majors = majors;
        this.linkedMajor = linkedMajor;
        this.called = called;
        this.asked = asked;
    }

    /** As people call it. */
    public String label() {
        return label;
    }

    /** Versions that serve, newest first. */
    public List<Integer> majors() {
        return majors;
    }

    /** The library's own name, which is also what other libraries know it by: {@code libcublas.so.13}. */
    public String soname(int major) {
        return stem + ".so." + major;
    }

    /** The files that it needs beside it, in the order in which they are loaded before it; {@code *} stands for one number. */
    List<String> companions(int major) {
        return List.of();
    }

    /** The names looked for. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (int major : majors) {
            names.add(soname(major));
            names.addAll(companions(major));
        }
        return names;
    }

    /** The major that JCuda's library was linked with. */
    public int linkedMajor() {
        return linkedMajor;
    }

    /** JCuda's class for it, which loads JCuda's library when it is initialised; it is read when it is asked for, and not before. */
    public abstract Class<?> binding();

    /** The functions that must be in it. */
    public List<String> functions() {
        return Stream.concat(called.stream(), asked.stream()).distinct().toList();
    }

    /** Those of them that tell what the library is, and are called without JCuda. */
    public List<String> asked() {
        return asked;
    }

    /** What to do when it is missing, on a machine with CUDA of this major. */
    abstract String hint(int cuda);

    private static String install(String wheel, String suffix) {
        return "pip install " + wheel + suffix + ", or name the folder that holds it in " + SearchFolders.VARIABLE;
    }
}
