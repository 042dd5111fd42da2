package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Asks the driver what it is and which devices it has; makes no context on any. */
final class DriverProbe {
    /** What is called here. */
    static final List<String> FUNCTIONS = List.of("cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceTotalMem_v2",
            "cuDeviceGetAttribute", "cuGetErrorName", "cuGetErrorString");

    private static final int MULTIPROCESSORS = 16;
    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;
    private static final int NAME_BYTES = 256;

    private final OpenLibrary driver;

    DriverProbe(OpenLibrary driver) {
        this.driver = driver;
    }

    /** The version of CUDA that it supports, as it writes it: 1000 times the major and 10 times the minor. */
    int version() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            check("cuDriverGetVersion", driver.call("cuDriverGetVersion", value));
            return value.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** Makes the driver ready; its status. */
    int initialise() {
        return driver.call("cuInit", 0);
    }

    /** All devices that this process may use, once the driver is ready. */
    List<CudaDevice> devices() {
        List<CudaDevice> devices = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            MemorySegment name = arena.allocate(NAME_BYTES);
            check("cuDeviceGetCount", driver.call("cuDeviceGetCount", value));
            int count = value.get(ValueLayout.JAVA_INT, 0);
            for (int i = 0; i < count; i++) {
                check("cuDeviceGet", driver.call("cuDeviceGet", value, i));
                int device = value.get(ValueLayout.JAVA_INT, 0);
                check("cuDeviceGetName", driver.call("cuDeviceGetName", name, NAME_BYTES, device));
                check("cuDeviceTotalMem", driver.call("cuDeviceTotalMem_v2", value, device));
                long bytes = value.get(ValueLayout.JAVA_LONG, 0);
                devices.add(new CudaDevice(i, name.getString(0), bytes, attribute(CAPABILITY_MAJOR, device, value),
                        attribute(CAPABILITY_MINOR, device, value), attribute(MULTIPROCESSORS, device, value)));
            }
        }
        return devices;
    }

    private int attribute(int attribute, int device, MemorySegment value) {
        check("cuDeviceGetAttribute", driver.call("cuDeviceGetAttribute", value, attribute, device));
        return value.get(ValueLayout.JAVA_INT, 0);
    }

    private void check(String call, int status) {
        if (status != 0) {
            throw new CudaException(failure(call, status));
        }
    }

    /** That a call failed, with what the driver says about it. */
    String failure(String call, int status) {
        return call + " failed: " + text("cuGetErrorName", status) + ", " + text("cuGetErrorString", status);
    }

    @SuppressWarnings("restricted")
    private String text(String function, int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pointer = arena.allocate(ValueLayout.ADDRESS);
            boolean known = driver.call(function, status, pointer) == 0;
            return known ? pointer.get(ValueLayout.ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0) : "status " + status;
        }
    }
}
