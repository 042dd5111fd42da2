package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.util.Map;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.cublasStatus;
import jcuda.jcudnn.JCudnn;

/** What CUDA calls return, checked; the one place that knows what a status means and what cures it. */
final class CudaStatus {
    private static final String LOST = "the context is lost, and nothing more can be computed in this process; the fault is often in an earlier "
            + "kernel than the call that reports it: run again with CUDA_LAUNCH_BLOCKING=1, or under compute-sanitizer";

    private static final Map<Integer, String> HINTS = Map.ofEntries(
            Map.entry(CUresult.CUDA_ERROR_INVALID_VALUE, "an argument is out of its range"),
            Map.entry(CUresult.CUDA_ERROR_STUB_LIBRARY, "the libcuda.so.1 that was found is the toolkit's stub; put the driver's folder first in LD_LIBRARY_PATH"),
            Map.entry(CUresult.CUDA_ERROR_NO_DEVICE, "no GPU is visible; look at nvidia-smi and CUDA_VISIBLE_DEVICES"),
            Map.entry(CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE, "another process holds the GPU alone; look at nvidia-smi"),
            Map.entry(CUresult.CUDA_ERROR_SYSTEM_NOT_READY, "the machine's GPUs are not set up; start nvidia-fabricmanager"),
            Map.entry(CUresult.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "the driver's kernel module and its libcuda.so.1 are of different versions; restart the machine"),
            Map.entry(CUresult.CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, "the forward-compatibility libcuda.so.1 does not serve this GPU; take its folder out of LD_LIBRARY_PATH"),
            Map.entry(CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU, "the kernels are not for this GPU; compute capability 8.0 is the least"),
            Map.entry(CUresult.CUDA_ERROR_INVALID_PTX, "the driver's compiler refuses the PTX; its log follows where it left one"),
            Map.entry(CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the driver is older than CUDA 12.0; update it"),
            Map.entry(CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND, "libnvidia-ptxjitcompiler.so.1 is missing; it comes with the driver"),
            Map.entry(CUresult.CUDA_ERROR_NOT_FOUND, "the module has no function of that name; run kernels/build.sh"),
            Map.entry(CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "a block needs more registers or shared memory than there are; launch with smaller blocks"),
            Map.entry(CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "that cannot be recorded in a graph"),
            Map.entry(CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "an earlier call spoiled the capture"),
            Map.entry(CUresult.CUDA_ERROR_ECC_UNCORRECTABLE, "the GPU's memory has failed; " + LOST),
            Map.entry(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, LOST),
            Map.entry(CUresult.CUDA_ERROR_LAUNCH_TIMEOUT, LOST),
            Map.entry(CUresult.CUDA_ERROR_ASSERT, LOST),
            Map.entry(CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR, LOST),
            Map.entry(CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION, LOST),
            Map.entry(CUresult.CUDA_ERROR_MISALIGNED_ADDRESS, LOST),
            Map.entry(CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE, LOST),
            Map.entry(CUresult.CUDA_ERROR_INVALID_PC, LOST),
            Map.entry(CUresult.CUDA_ERROR_LAUNCH_FAILED, LOST));

    private CudaStatus() {
    }

    /** What cures a status of the driver's, or null. */
    static String hint(int status) {
        return HINTS.get(status);
    }

    /** @throws CudaException unless a call of the driver went well */
    static void driver(int status, String call) {
        driver(status, call, null);
    }

    /** @param subject what the call was about, for the message; read only when it went wrong */
    static void driver(int status, String call, Object subject) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw failed(call, subject, driverName(status), driverText(status), HINTS.get(status));
        }
    }

    /** @throws CudaException unless a call of cuBLAS went well */
    static void blas(int status, String call, Object subject) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            String hint = switch (status) {
                case cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED -> "cuBLAS found no context, or its version does not fit the driver's";
                case cublasStatus.CUBLAS_STATUS_ALLOC_FAILED -> "the device's memory is full; use a smaller batch or network";
                case cublasStatus.CUBLAS_STATUS_ARCH_MISMATCH -> "this cuBLAS does not serve this GPU; install a newer one";
                case cublasStatus.CUBLAS_STATUS_EXECUTION_FAILED -> LOST;
                default -> null;
            };
            throw failed(call, subject, cublasStatus.stringFor(status), null, hint);
        }
    }

    /** @throws CudaException unless a call of cuDNN went well */
    static void dnn(int status, String call, Object subject) {
        if (status != 0) {
            // The numbers of statuses are others in cuDNN 9 than in the bindings' cuDNN 8, so the library names them.
            String name = JCudnn.cudnnGetErrorString(status);
            String hint = name.contains("NOT_INITIALIZED") || name.contains("SUBLIBRARY")
                    ? "cuDNN's parts do not fit each other or the driver; the libraries of one cuDNN must lie together"
                    : name.contains("INCOMPATIBLE") || name.contains("ARCH_MISMATCH") ? "this cuDNN does not serve this driver or GPU; install the one for its CUDA"
                    : name.contains("ALLOC") ? "the device's memory is full; use a smaller batch or network"
                    : name.contains("EXECUTION_FAILED") ? LOST : null;
            throw failed(call, subject, name, null, hint);
        }
    }

    private static CudaException failed(String call, Object subject, String name, String text, String hint) {
        return new CudaException(call + (subject == null ? "" : " (" + subject + ")") + ": " + name + (text == null ? "" : ", " + text)
                + (hint == null ? "" : "; " + hint));
    }

    private static String driverName(int status) {
        String[] name = new String[1];
        JCudaDriver.cuGetErrorName(status, name);
        return name[0] == null ? CUresult.stringFor(status) : name[0];
    }

    private static String driverText(int status) {
        String[] text = new String[1];
        JCudaDriver.cuGetErrorString(status, text);
        return text[0];
    }
}
