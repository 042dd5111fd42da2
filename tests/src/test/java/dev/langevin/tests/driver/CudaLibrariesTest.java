package dev.langevin.tests.driver;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What CudaLibraries asks of cuBLAS and cuDNN, through JCuda as it is, and what comes of it. */
class CudaLibrariesTest {
    @TempDir
    Path folder;

    @Test
    void callsOfTheLibraries() throws Exception {
        StandIns.check(folder, List.of("cuda.c=libcuda.so.1", "cublas.c=libcublas.so.12", "cudnn.c=libcudnn.so.8"), CudaLibrariesChecks.class, List.of(
                "open", "products", "precisions", "convolutions", "descriptors", "algorithms", "heuristicsRefuse", "biasRefused", "callRefused",
                "tooMuchWorkspace", "measured", "capture", "statuses", "withoutCudnn", "outOfMemory", "close", "names"));
    }
}
