package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dInput;
import dev.langevin.engine.op.Conv2dResidual;
import dev.langevin.engine.op.Conv2dWeight;
import dev.langevin.engine.op.Linear;
import dev.langevin.engine.op.MatMul;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;

/**
 * The part of {@link CudaKernels}' table that goes to the libraries of {@link DenseMath}. With {@link Precision#BF16}
 * all operands go in as bfloat16; a result that is stored as float32 is computed in bfloat16 beside it and widened.
 */
final class DenseCuda {
    private final CudaBackend cuda;
    private final DType type;

    private DenseCuda(CudaBackend cuda) {
        this.cuda = cuda;
        this.type = cuda.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
    }

    static void put(KernelTable table, CudaBackend cuda) {
        DenseCuda dense = new DenseCuda(cuda);
        table.put(MatMul.class, (op, in, out) -> dense.matMul(op, in, out[0]))
                .put(Linear.class, (op, in, out) -> dense.linear(in, out[0]))
                .put(Conv2d.class, (op, in, out) -> dense.conv(op, in, null, out[0]))
                .put(Conv2dResidual.class, (op, in, out) ->
                        dense.conv(new Conv2d(op.stride(), op.padding()), in, in[3], out[0]))
                .put(Conv2dInput.class, (op, in, out) -> dense.convInput(op, in, out[0]))
                .put(Conv2dWeight.class, (op, in, out) -> dense.convWeight(op, in, out[0]));
    }

    /** Computes into memory of the libraries' type. */
    private interface Product {
        void into(long address);
    }

    /** An operand in the libraries' type. */
    private long operand(Tensor t) {
        return type == DType.BF16 ? cuda.bf16(t) : DeviceStorage.of(t).address;
    }

    /**
     * Fills {@code out}. Libraries take no empty operands: nothing is computed where the result is empty, and a sum over
     * nothing is zero.
     */
    private void fill(Tensor out, Product product, Tensor... operands) {
        DeviceStorage target = DeviceStorage.of(out);
        for (Tensor t : operands) {
            if (t.size() == 0) {
                cuda.issue().zero(target.address, (long) out.size() * target.type.bytes());
                return;
            }
        }
        if (out.size() == 0) {
            return;
        }
        if (target.type == type) {
            product.into(target.address);
            return;
        }
        DeviceStorage narrow = cuda.take(out.size(), type);
        product.into(narrow.address);
        Cast.toFloat(cuda, target.address, narrow.address, out.size());
        cuda.recycle(narrow);
    }

    private void matMul(MatMul op, Tensor[] in, Tensor out) {
        int m = out.dim(-2);
        int n = out.dim(-1);
        int k = in[0].dim(op.transA() ? -2 : -1);
        int batch = out.shape().product(0, out.rank() - 2);
        fill(out, address -> cuda.issue().gemm(new DenseMath.Gemm(batch, m, n, k, op.transA(), op.transB(), type),
                operand(in[0]), operand(in[1]), address), in[0], in[1]);
    }

    private void linear(Tensor[] in, Tensor out) {
        int k = in[1].dim(1);
        int n = in[1].dim(0);
        int m = n == 0 ? 0 : out.size() / n;
        fill(out, address -> cuda.issue().gemm(new DenseMath.Gemm(1, m, n, k, false, true, type),
                operand(in[0]), operand(in[1]), address), in[0], in[1]);
        if (in.length == 3) {
            addBias(out, in[2]);
        }
    }

    /** The convolution of x (n, h, w, c) with {@code filter}. */
    private DenseMath.Conv shape(Shape x, Shape filter, int stride, int padding) {
        return new DenseMath.Conv(x.dim(0), x.dim(1), x.dim(2), x.dim(3), filter.dim(0), filter.dim(1), filter.dim(2), stride, padding, type);
    }

    private void conv(Conv2d op, Tensor[] in, Tensor residual, Tensor out) {
        Tensor bias = in.length > 2 ? in[2] : null;
        if (in[0].size() == 0 || in[1].size() == 0) {
            if (residual == null) {
                fill(out, address -> { }, in[0], in[1]);
            } else {
                cuda.copy(out.storage(), residual.storage(), out.size());
            }
            if (bias != null) {
                addBias(out, bias);
            }
            return;
        }
        fill(out, address -> cuda.issue().convForward(shape(in[0].shape(), in[1].shape(), op.stride(), op.padding()), operand(in[0]),
                operand(in[1]), bias == null ? 0 : operand(bias), residual == null ? 0 : operand(residual), address));
    }

    private void convInput(Conv2dInput op, Tensor[] in, Tensor out) {
        fill(out, address -> cuda.issue().convBackwardData(shape(out.shape(), in[1].shape(), op.stride(), op.padding()),
                operand(in[0]), operand(in[1]), address), in[0], in[1]);
        if (in.length == 3) {
            addBias(out, in[2]);
        }
    }

    private void convWeight(Conv2dWeight op, Tensor[] in, Tensor out) {
        fill(out, address -> cuda.issue().convBackwardFilter(shape(in[0].shape(), out.shape(), op.stride(), op.padding()),
                operand(in[0]), operand(in[1]), address), in[0], in[1]);
    }

    /** out (..., C) += bias (C). */
    private void addBias(Tensor out, Tensor bias) {
        if (out.size() == 0) {
            return;
        }
        DType stored = DeviceStorage.of(out).type;
        int channels = bias.size();
        int four = channels % 4 == 0 && (DeviceStorage.of(bias).address & 15) == 0 ? 4 : 1;
        int n = out.size() / four;
        cuda.launch("add_bias_" + stored.suffix()).raw(out).f32(bias).int32(n).int32(channels).int32(four / 4).over(n, 1);
    }
}
