package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.DenseMath.Gemm;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.kernels.KernelModule;

/**
 * Convolutions of any shape and type as matrix products, with the kernels of {@code im2col.cu} around them: images are
 * unrolled to rows of (r, s, c), a row for each pixel of y. Sums are float32 and are rounded once; the order of all
 * additions but those within the product is fixed. Uses r s times the memory of x, a few hundred MiB at a time.
 */
public final class LoweredConvolution {
    /** Unrolled images take at most so many bytes, unless one alone takes more; larger batches go in parts. */
    private static final long MOST_BYTES = 256L << 20;

    /** The matrix product that this is built on. */
    public interface Product {
        /**
         * As {@link dev.langevin.kernels.DenseMath#gemm}.
         *
         * @param result type of C, which may be F32 where A and B are BF16
         */
        void gemm(Gemm shape, DType result, long a, long b, long c);
    }

    private final CudaRuntime runtime;
    private final Product product;
    private final Workspace workspace;
    private final long mostBytes;
    private final KernelModule kernels = KernelLibrary.bundled().get("im2col");

    public LoweredConvolution(CudaRuntime runtime, Product product) {
        this(runtime, product, new Workspace(runtime), MOST_BYTES);
    }

    /** @param mostBytes of unrolled images at a time */
    public LoweredConvolution(CudaRuntime runtime, Product product, long mostBytes) {
        this(runtime, product, new Workspace(runtime), mostBytes);
    }

    LoweredConvolution(CudaRuntime runtime, Product product, Workspace workspace) {
        this(runtime, product, workspace, MOST_BYTES);
    }

    private LoweredConvolution(CudaRuntime runtime, Product product, Workspace workspace, long mostBytes) {
        this.runtime = runtime;
        this.product = product;
        this.workspace = workspace;
        this.mostBytes = mostBytes;
    }

    /** As {@link dev.langevin.kernels.DenseMath#forward}. */
    public void forward(Conv shape, long x, long w, long bias, long residual, long y) {
        int images = images(shape);
        boolean wide = shape.type() == DType.F32;
        long cols = 4 * align((long) images * rows(shape) * taps(shape));
        long memory = workspace.at(cols + (wide ? 0 : 4L * images * rows(shape) * shape.k()));
        for (int first = 0; first < shape.n(); first += images) {
            int count = Math.min(images, shape.n() - first);
            int m = count * rows(shape);
            long target = y + (long) first * rows(shape) * shape.k() * shape.type().bytes();
            long sums = wide ? target : memory + cols;
            product.gemm(new Gemm(1, m, shape.k(), taps(shape), false, true, shape.type()), DType.F32, unroll(shape, x, first, count, memory), w, sums);
            if (!wide || bias != 0 || residual != 0) {
                long rest = residual == 0 ? 0 : residual + target - y;
                add("conv_add_" + shape.type().suffix(), target, sums, bias, rest, shape.k(), (long) m * shape.k());
            }
        }
    }

    /** y = y + bias + residual, rounded once more; either may be 0 for none. */
    void add(Conv shape, long bias, long residual, long y) {
        long n = (long) shape.n() * rows(shape) * shape.k();
        add(shape.type() == DType.F32 ? "conv_add_f32" : "conv_add_rounded_bf16", y, y, bias, residual, shape.k(), n);
    }

    private void add(String name, long y, long sums, long bias, long residual, int k, long n) {
        Kernel kernel = kernels.kernels().get(name);
        launch(kernel, n, new Arguments(kernel).int64(y).int64(sums).int64(bias).int64(residual).int32(k).int64(n));
    }

    /** As {@link dev.langevin.kernels.DenseMath#backwardData}. */
    public void backwardData(Conv shape, long dy, long w, long dx) {
        int images = images(shape);
        int bytes = shape.type().bytes();
        boolean direct = pointwise(shape) && shape.type() == DType.F32;
        long cols = direct ? 0 : workspace.at(4L * images * rows(shape) * taps(shape));
        for (int first = 0; first < shape.n(); first += images) {
            int count = Math.min(images, shape.n() - first);
            long from = dy + (long) first * rows(shape) * shape.k() * bytes;
            long to = dx + (long) first * shape.h() * shape.w() * shape.c() * bytes;
            product.gemm(new Gemm(1, count * rows(shape), taps(shape), shape.k(), false, false, shape.type()), DType.F32, from, w, direct ? to : cols);
            if (!direct) {
                gather("col2im_", shape, to, cols, to, (long) count * shape.h() * shape.w() * shape.c());
            }
        }
    }

    /** As {@link dev.langevin.kernels.DenseMath#backwardFilter}. */
    public void backwardFilter(Conv shape, long x, long dy, long dw) {
        int images = images(shape);
        int parts = (shape.n() + images - 1) / images;
        long size = (long) shape.k() * taps(shape);
        boolean direct = parts == 1 && shape.type() == DType.F32;
        long cols = 4 * align((long) images * rows(shape) * taps(shape));
        long memory = workspace.at(cols + 4 * size * parts);
        for (int part = 0; part < parts; part++) {
            int first = part * images;
            int count = Math.min(images, shape.n() - first);
            long from = dy + (long) first * rows(shape) * shape.k() * shape.type().bytes();
            long to = direct ? dw : memory + cols + 4 * size * part;
            product.gemm(new Gemm(1, shape.k(), taps(shape), count * rows(shape), true, false, shape.type()), DType.F32, from,
                    unroll(shape, x, first, count, memory), to);
        }
        if (!direct) {
            Kernel kernel = kernels.kernels().get("sum_parts_" + shape.type().suffix());
            launch(kernel, size, new Arguments(kernel).int64(dw).int64(memory + cols).int32(parts).int64(size));
        }
    }

    /** The rows of some images' unrolled pixels; where a row is just a pixel, x itself. */
    private long unroll(Conv shape, long x, int first, int count, long memory) {
        long from = x + (long) first * shape.h() * shape.w() * shape.c() * shape.type().bytes();
        if (pointwise(shape)) {
            return from;
        }
        gather("im2col_", shape, memory, from, from, (long) count * rows(shape) * taps(shape));
        return memory;
    }

    /** @param typed the array among the two whose type is the convolution's */
    private void gather(String name, Conv shape, long to, long from, long typed, long n) {
        boolean four = shape.c() % 4 == 0 && typed % (4L * shape.type().bytes()) == 0;
        Kernel kernel = kernels.kernels().get(name + shape.type().suffix());
        launch(kernel, four ? n / 4 : n, new Arguments(kernel).int64(to).int64(from)
                .struct(shape.h(), shape.w(), shape.c(), shape.r(), shape.s(), shape.stride(), shape.padding(), shape.outHeight(), shape.outWidth())
                .int32((int) n).int32(four ? 1 : 0));
    }

    private void launch(Kernel kernel, long threads, Arguments arguments) {
        runtime.launch(kernel, Grid.of((int) Math.min(Integer.MAX_VALUE, (threads + 255) / 256), 256), arguments.bytes());
    }

    private int images(Conv shape) {
        long one = (long) rows(shape) * taps(shape);
        if (one > Integer.MAX_VALUE) {
            throw new CudaException("one image of " + shape + " unrolls to " + one + " elements; 2^31 - 1 are the most");
        }
        return (int) Math.clamp(mostBytes / (4 * one), 1, shape.n());
    }

    private static boolean pointwise(Conv shape) {
        return shape.r() == 1 && shape.s() == 1 && shape.stride() == 1 && shape.padding() == 0;
    }

    private static int rows(Conv shape) {
        return shape.outHeight() * shape.outWidth();
    }

    private static int taps(Conv shape) {
        return shape.r() * shape.s() * shape.c();
    }

    /** To a multiple of 64 elements: what follows is aligned to 256 bytes. */
    private static long align(long elements) {
        return (elements + 63) / 64 * 64;
    }

    /** Gives the scratch memory back. */
    public void close() {
        workspace.close();
    }
}
