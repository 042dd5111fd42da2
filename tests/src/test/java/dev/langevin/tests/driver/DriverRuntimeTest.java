package dev.langevin.tests.driver;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What DriverRuntime asks of the driver, call by call, through JCuda as it is. */
class DriverRuntimeTest {
    @TempDir
    Path folder;

    @Test
    void callsOfTheDriver() throws Exception {
        StandIns.check(folder, List.of("cuda.c=libcuda.so.1"), DriverRuntimeChecks.class, List.of(
                "open", "noSuchDevice", "memory", "outOfMemory", "uploads", "longUpload", "pinned", "launch", "sharedMemory", "badLaunches", "badModule",
                "statuses", "marks", "capture", "capturedUpload", "spoiledCapture", "threads", "close", "names"));
    }
}
