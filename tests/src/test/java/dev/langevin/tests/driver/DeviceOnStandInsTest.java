package dev.langevin.tests.driver;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The way from a folder with libraries of CUDA 13 and cuDNN 9 to a backend, whole, with stand-ins for the libraries: what
 * {@link DeviceTest} does on a GPU is done there as far as no kernel of ours need run.
 */
class DeviceOnStandInsTest {
    @TempDir
    Path folder;

    @Test
    void theBackendOfADevice() throws Exception {
        List<String> libraries = new ArrayList<>(List.of("cuda.c=libcuda.so.1", "cublas.c=libcublas.so.13", "cudnn.c=libcudnn.so.9", "part.c=libcublasLt.so.13"));
        for (String part : List.of("graph", "ops", "cnn", "adv", "heuristic", "engines_precompiled", "engines_runtime_compiled")) {
            libraries.add("part.c=libcudnn_" + part + ".so.9");
        }
        StandIns.check(folder, libraries, DeviceOnStandInsChecks.class, List.of("wholeNumbers FP32", "wholeNumbers TF32", "wholeNumbers BF16", "graphs FP32",
                "graphs TF32", "graphs BF16", "runtime", "tensors", "withoutCudnn", "measured"));
    }
}
