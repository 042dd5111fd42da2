package dev.langevin.kernels.driver;

/**
 * A GPU.
 *
 * @param index its number among those that the driver shows to this process, from 0
 * @param name as the driver calls it
 * @param bytes of memory
 * @param major of its compute capability
 * @param minor of its compute capability
 * @param multiprocessors how many it has
 */
public record CudaDevice(int index, String name, long bytes, int major, int minor, int multiprocessors) {
    /** Whether the kernels' PTX, which is for compute capability 8.0, runs on it. */
    public boolean serves() {
        return major >= 8;
    }
}
