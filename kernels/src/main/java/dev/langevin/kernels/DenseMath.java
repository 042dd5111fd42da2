package dev.langevin.kernels;

/**
 * Matrix products and convolutions, which vendors' libraries do best: cuBLAS and cuDNN on a GPU. In the order of the
 * runtime's stream, and captured with it. Sums are float32 whatever the storage. All arrays are dense and row-major;
 * images (N, H, W, C), filters (K, R, S, C).
 */
public interface DenseMath extends AutoCloseable {
    /**
     * C_i = A_i' B_i' for i in [0, batch), where A' is A or its transpose.
     *
     * @param m rows of C
     * @param n columns of C
     * @param k length of the sums
     * @param transA whether A is stored (k, m)
     * @param transB whether B is stored (n, k)
     * @param type of A, B and C
     */
    record Gemm(int batch, int m, int n, int k, boolean transA, boolean transB, DType type) {
    }

    /**
     * A convolution y = x * w: x (n, h, w, c), filter (k, r, s, c), y (n, (h + 2 padding - r) / stride + 1, ..., k).
     *
     * @param type of x, y, the filter and the bias alike
     */
    record Conv(int n, int h, int w, int c, int k, int r, int s, int stride, int padding, DType type) {
        /** H of y. */
        public int outHeight() {
            return (h + 2 * padding - r) / stride + 1;
        }

        /** W of y. */
        public int outWidth() {
            return (w + 2 * padding - s) / stride + 1;
        }
    }

    /** See {@link Gemm}; c is overwritten. */
    void gemm(Gemm shape, long a, long b, long c);

    /** y = x * w + bias + residual, the latter of y's shape; {@code bias} and {@code residual} are 0 for none. */
    void forward(Conv shape, long x, long w, long bias, long residual, long y);

    /** dx = the adjoint of the convolution in x at dy, without a bias. */
    void backwardData(Conv shape, long dy, long w, long dx);

    /** dw = the adjoint of the convolution in w at (x, dy). */
    void backwardFilter(Conv shape, long x, long dy, long dw);

    /** What it is made of, for tables: libraries and their versions. */
    String description();

    @Override
    void close();
}
