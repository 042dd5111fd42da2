package dev.langevin.kernels;

/** A CUDA call, a kernel or a kernel's launch that went wrong; the message says which, and what to do. */
public class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CudaException(String message) {
        super(message);
    }

    public CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}
