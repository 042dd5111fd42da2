package dev.langevin.engine.reference;

import static dev.langevin.engine.reference.ReferenceBackend.data;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import dev.langevin.engine.random.Philox;
import java.util.Arrays;

/** The primitive ops as plain loops over double arrays. */
final class ReferenceKernels {
    private ReferenceKernels() {
    }

    static KernelTable table() {
        return new KernelTable()
                .put(Unary.class, ReferenceKernels::unary)
                .put(Binary.class, ReferenceKernels::binary)
                .put(Where.class, ReferenceKernels::where)
                .put(Full.class, (op, in, out) -> Arrays.fill(data(out[0]), 0, out[0].size(), op.value()))
                .put(RandomNormal.class, (op, in, out) -> fill(out[0], op.imageSize(), (image, element) -> Philox.normal(
                        op.key().seed(), op.key().purpose(), op.key().firstImage() + image, op.key().step(), element)))
                .put(RandomUniform.class, (op, in, out) -> fill(out[0], op.imageSize(), (image, element) -> Philox.uniform(
                        op.key().seed(), op.key().purpose(), op.key().firstImage() + image, op.key().step(), element)))
                .put(SumTo.class, (op, in, out) -> reduce(in[0], out[0], 0, Double::sum))
                .put(MaxTo.class, (op, in, out) -> reduce(in[0], out[0], Double.NEGATIVE_INFINITY, Math::max))
                .put(BroadcastTo.class, ReferenceKernels::broadcast)
                .put(Permute.class, ReferenceKernels::permute)
                .put(Slice.class, (op, in, out) -> copyAxis(in[0], out[0], op.axis(), op.from(), 0, out[0].dim(op.axis())))
                .put(Pad.class, (op, in, out) -> {
                    Arrays.fill(data(out[0]), 0, out[0].size(), 0);
                    copyAxis(in[0], out[0], op.axis(), 0, op.before(), in[0].dim(op.axis()));
                })
                .put(Concat.class, ReferenceKernels::concat)
                .put(Gather.class, ReferenceKernels::gather)
                .put(ScatterAdd.class, ReferenceKernels::scatterAdd)
                .put(MatMul.class, ReferenceKernels::matMul)
                .put(UpsampleNearest.class, (op, in, out) -> pixels(out[0], op.factor(), (big, small) ->
                        data(out[0])[big] = data(in[0])[small]))
                .put(SumPool.class, (op, in, out) -> {
                    Arrays.fill(data(out[0]), 0, out[0].size(), 0);
                    pixels(in[0], op.factor(), (big, small) -> data(out[0])[small] += data(in[0])[big]);
                })
                .put(Conv2d.class, ReferenceConvolution::forward)
                .put(Conv2dInput.class, ReferenceConvolution::input)
                .put(Conv2dWeight.class, ReferenceConvolution::weight);
    }

    private static void unary(Unary op, Tensor[] in, Tensor[] out) {
        double[] x = data(in[0]);
        double[] y = data(out[0]);
        for (int i = 0; i < out[0].size(); i++) {
            y[i] = op.apply(x[i]);
        }
    }

    private static void binary(Binary op, Tensor[] in, Tensor[] out) {
        int[] ia = sourceIndex(in[0].shape(), out[0].shape());
        int[] ib = sourceIndex(in[1].shape(), out[0].shape());
        for (int i = 0; i < ia.length; i++) {
            data(out[0])[i] = op.apply(data(in[0])[ia[i]], data(in[1])[ib[i]]);
        }
    }

    private static void where(Where op, Tensor[] in, Tensor[] out) {
        for (int i = 0; i < out[0].size(); i++) {
            data(out[0])[i] = data(in[0])[i] != 0 ? data(in[1])[i] : data(in[2])[i];
        }
    }

    private interface Draw {
        double at(int image, int element);
    }

    private static void fill(Tensor out, int imageSize, Draw draw) {
        double[] y = data(out);
        for (int i = 0; i < out.size(); i++) {
            y[i] = draw.at(i / imageSize, i % imageSize);
        }
    }

    private interface Combine {
        double apply(double a, double b);
    }

    private static void reduce(Tensor in, Tensor out, double start, Combine combine) {
        double[] x = data(in);
        double[] y = data(out);
        Arrays.fill(y, 0, out.size(), start);
        int[] target = sourceIndex(out.shape(), in.shape());
        for (int i = 0; i < target.length; i++) {
            y[target[i]] = combine.apply(y[target[i]], x[i]);
        }
    }

    private static void broadcast(BroadcastTo op, Tensor[] in, Tensor[] out) {
        int[] source = sourceIndex(in[0].shape(), out[0].shape());
        for (int i = 0; i < source.length; i++) {
            data(out[0])[i] = data(in[0])[source[i]];
        }
    }

    /** For each element of {@code target}, the element of a tensor of shape {@code source} that is read there. */
    private static int[] sourceIndex(Shape source, Shape target) {
        int[] strides = source.stridesIn(target);
        int[] index = new int[target.size()];
        for (int i = 0; i < index.length; i++) {
            int rest = i;
            for (int axis = target.rank() - 1; axis >= 0; axis--) {
                index[i] += rest % target.dim(axis) * strides[axis];
                rest /= target.dim(axis);
            }
        }
        return index;
    }

    private static void permute(Permute op, Tensor[] in, Tensor[] out) {
        Shape from = in[0].shape();
        int rank = from.rank();
        for (int i = 0; i < out[0].size(); i++) {
            int source = 0;
            int rest = i;
            for (int axis = rank - 1; axis >= 0; axis--) {
                int sourceAxis = op.axes()[axis];
                source += rest % out[0].dim(axis) * from.product(sourceAxis + 1, rank);
                rest /= out[0].dim(axis);
            }
            data(out[0])[i] = data(in[0])[source];
        }
    }

    /** Copies {@code length} entries along an axis, from {@code inAt} of one tensor to {@code outAt} of the other. */
    private static void copyAxis(Tensor in, Tensor out, int axis, int inAt, int outAt, int length) {
        int inner = in.shape().product(axis + 1, in.rank());
        int outer = in.shape().product(0, axis);
        for (int o = 0; o < outer; o++) {
            for (int k = 0; k < length * inner; k++) {
                data(out)[(o * out.dim(axis) + outAt) * inner + k] = data(in)[(o * in.dim(axis) + inAt) * inner + k];
            }
        }
    }

    private static void concat(Concat op, Tensor[] in, Tensor[] out) {
        int at = 0;
        for (Tensor part : in) {
            copyAxis(part, out[0], op.axis(), 0, at, part.dim(op.axis()));
            at += part.dim(op.axis());
        }
    }

    private static void gather(Gather op, Tensor[] in, Tensor[] out) {
        int width = in[0].dim(1);
        for (int i = 0; i < out[0].size(); i++) {
            data(out[0])[i] = data(in[0])[row(data(in[1])[i / width], in[0].dim(0)) * width + i % width];
        }
    }

    private static void scatterAdd(ScatterAdd op, Tensor[] in, Tensor[] out) {
        int width = out[0].dim(1);
        Arrays.fill(data(out[0]), 0, out[0].size(), 0);
        for (int i = 0; i < in[0].size(); i++) {
            data(out[0])[row(data(in[1])[i / width], op.rows()) * width + i % width] += data(in[0])[i];
        }
    }

    private static int row(double index, int rows) {
        int row = (int) index;
        if (row != index || row < 0 || row >= rows) {
            throw new LangevinException("gather: index " + index + " is not a whole number in [0, " + rows + ")");
        }
        return row;
    }

    private static void matMul(MatMul op, Tensor[] in, Tensor[] out) {
        int m = out[0].dim(-2);
        int n = out[0].dim(-1);
        int k = in[0].dim(op.transA() ? -2 : -1);
        double[] a = data(in[0]);
        double[] b = data(in[1]);
        for (int i = 0; i < out[0].size(); i++) {
            int batch = i / (m * n);
            int row = i / n % m;
            int col = i % n;
            double sum = 0;
            for (int p = 0; p < k; p++) {
                sum += a[batch * m * k + (op.transA() ? p * m + row : row * k + p)]
                        * b[batch * k * n + (op.transB() ? col * k + p : p * n + col)];
            }
            data(out[0])[i] = sum;
        }
    }

    private interface PixelPair {
        void accept(int big, int small);
    }

    /** Pairs each element of the big image tensor with the one it comes from in the image {@code factor} times smaller. */
    private static void pixels(Tensor big, int factor, PixelPair pair) {
        int h = big.dim(1);
        int w = big.dim(2);
        int c = big.dim(3);
        for (int i = 0; i < big.size(); i++) {
            int n = i / (h * w * c);
            int y = i / (w * c) % h / factor;
            int x = i / c % w / factor;
            pair.accept(i, ((n * (h / factor) + y) * (w / factor) + x) * c + i % c);
        }
    }
}
