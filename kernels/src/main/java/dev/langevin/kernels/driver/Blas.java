package dev.langevin.kernels.driver;

import static jcuda.jcublas.JCublas2.cublasCreate;
import static jcuda.jcublas.JCublas2.cublasDestroy;
import static jcuda.jcublas.JCublas2.cublasGemmEx_new;
import static jcuda.jcublas.JCublas2.cublasGemmStridedBatchedEx_new;
import static jcuda.jcublas.JCublas2.cublasGetVersion;
import static jcuda.jcublas.JCublas2.cublasSetMathMode;
import static jcuda.jcublas.JCublas2.cublasSetStream;
import static jcuda.jcublas.JCublas2.cublasSetWorkspace;

import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.runtime.cudaStream_t;

/**
 * Matrix products by cuBLAS. It knows column-major matrices only; a row-major matrix read so is its transpose, and
 * C' = B' A' is what is asked of it. With one stream and a workspace of its own it gives the same bits every time, and
 * allocates nothing while a graph is recorded.
 */
final class Blas implements LoweredConvolution.Product {
    /** What NVIDIA advises for Hopper; a few MiB do for older ones. */
    private static final long WORKSPACE_BYTES = 32L << 20;

    private final DriverRuntime runtime;
    private final cublasHandle handle = new cublasHandle();
    private final Workspace workspace;
    private final int float32;
    private final ByteBuffer scalars = Address.memory(8).putFloat(0, 1);
    private final Pointer one = Address.of(Address.of(scalars));
    private final Pointer zero = Address.of(Address.of(scalars) + 4);

    /** @param tf32 whether products of float32 may round their inputs to TF32 */
    Blas(DriverRuntime runtime, boolean tf32) {
        this.runtime = runtime;
        runtime.bind();
        float32 = tf32 ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F_PEDANTIC;
        JCublas2.setExceptionsEnabled(false);
        CudaStatus.blas(cublasCreate(handle), "cublasCreate", null);
        // The stream comes first: setting it takes a workspace away.
        CudaStatus.blas(cublasSetStream(handle, new cudaStream_t(runtime.stream())), "cublasSetStream", null);
        workspace = new Workspace(runtime);
        CudaStatus.blas(cublasSetWorkspace(handle, Address.of(workspace.at(WORKSPACE_BYTES)), WORKSPACE_BYTES), "cublasSetWorkspace", null);
        // Else sums that are split over blocks may be added up in bfloat16.
        CudaStatus.blas(cublasSetMathMode(handle, cublasMath.CUBLAS_DEFAULT_MATH | cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION),
                "cublasSetMathMode", null);
    }

    @Override
    public void gemm(DenseMath.Gemm shape, DType result, long a, long b, long c) {
        runtime.bind();
        int opB = shape.transB() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
        int opA = shape.transA() ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
        int rowA = Math.max(1, shape.transA() ? shape.m() : shape.k());
        int rowB = Math.max(1, shape.transB() ? shape.k() : shape.n());
        int type = type(shape.type());
        int compute = shape.type() == DType.F32 ? float32 : cublasComputeType.CUBLAS_COMPUTE_32F;
        int status = shape.batch() == 1
                ? cublasGemmEx_new(handle, opB, opA, shape.n(), shape.m(), shape.k(), one, Address.of(b), type, rowB, Address.of(a), type, rowA,
                        zero, Address.of(c), type(result), shape.n(), compute, cublasGemmAlgo.CUBLAS_GEMM_DEFAULT)
                : cublasGemmStridedBatchedEx_new(handle, opB, opA, shape.n(), shape.m(), shape.k(),
                        one, Address.of(b), type, rowB, (long) shape.k() * shape.n(), Address.of(a), type, rowA, (long) shape.m() * shape.k(),
                        zero, Address.of(c), type(result), shape.n(), (long) shape.m() * shape.n(), shape.batch(), compute, cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
        if (status != 0) {
            CudaStatus.blas(status, shape.batch() == 1 ? "cublasGemmEx" : "cublasGemmStridedBatchedEx", shape);
        }
    }

    private static int type(DType type) {
        return type == DType.F32 ? cudaDataType.CUDA_R_32F : cudaDataType.CUDA_R_16BF;
    }

    /** The library's version: {@code 13.0.2}. */
    String version() {
        int[] version = new int[1];
        CudaStatus.blas(cublasGetVersion(handle, version), "cublasGetVersion", null);
        return version[0] / 10000 + "." + version[0] / 100 % 100 + "." + version[0] % 100;
    }

    /** The status is not looked at: after a lost context every call fails, and there is nothing left to free. */
    void close() {
        cublasDestroy(handle);
        workspace.close();
    }
}
