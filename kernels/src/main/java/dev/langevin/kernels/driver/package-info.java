/** A GPU behind {@link dev.langevin.kernels.CudaRuntime} and {@link dev.langevin.kernels.DenseMath}: JCuda's driver API, cuBLAS, cuDNN. */
package dev.langevin.kernels.driver;
