package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.CpuBackend.data;
import static dev.langevin.engine.cpu.CpuBackend.kept;

import dev.langevin.engine.Kernel;
import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.*;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.engine.update.AdamStep;
import java.util.Arrays;

/** Which routine runs which op on the CPU: one entry a kernel. */
final class CpuKernels {
    private CpuKernels() {
    }

    static KernelTable table() {
        KernelTable table = new KernelTable();
        elementwise(table);
        CpuMovements.put(table);
        CpuNoise.put(table);
        networks(table);
        return table
                .put(AdamStep.class, CpuKernels::adam)
                .put(SumTo.class, (op, in, out) -> ReduceCpu.sum(data(out[0]), op.target(), data(in[0]), in[0].shape()))
                .put(MaxTo.class, (op, in, out) -> ReduceCpu.max(data(out[0]), op.target(), data(in[0]), in[0].shape()));
    }

    private static void elementwise(KernelTable table) {
        unary(table, Exp.class, UnaryOp.EXP);
        unary(table, Expm1.class, UnaryOp.EXPM1);
        unary(table, Log.class, UnaryOp.LOG);
        unary(table, Sqrt.class, UnaryOp.SQRT);
        unary(table, Square.class, UnaryOp.SQUARE);
        unary(table, Reciprocal.class, UnaryOp.RECIPROCAL);
        unary(table, Sin.class, UnaryOp.SIN);
        unary(table, Cos.class, UnaryOp.COS);
        unary(table, Tanh.class, UnaryOp.TANH);
        unary(table, Sigmoid.class, UnaryOp.SIGMOID);
        unary(table, Relu.class, UnaryOp.RELU);
        unary(table, Abs.class, UnaryOp.ABS);
        unary(table, Silu.class, UnaryOp.SILU);
        binary(table, Add.class, BinaryOp.ADD);
        binary(table, Sub.class, BinaryOp.SUB);
        binary(table, Mul.class, BinaryOp.MUL);
        binary(table, Div.class, BinaryOp.DIV);
        binary(table, Greater.class, BinaryOp.GREATER);
        table.put(Affine.class, (op, in, out) ->
                        UnaryCpu.affine(data(out[0]), data(in[0]), (float) op.scale(), (float) op.shift(), out[0].size()))
                .putBackward(Silu.class, (op, in, out) ->
                        UnaryCpu.siluBackward(data(out[0]), data(in[0]), data(in[1]), out[0].size()))
                .put(Where.class, (op, in, out) ->
                        UnaryCpu.where(data(out[0]), data(in[0]), data(in[1]), data(in[2]), out[0].size()))
                .put(Full.class, (op, in, out) -> Arrays.fill(data(out[0]), 0, out[0].size(), (float) op.value()));
    }

    private static void unary(KernelTable table, Class<? extends Op> type, UnaryOp f) {
        table.put(type, (op, in, out) -> UnaryCpu.unary(f, data(out[0]), data(in[0]), out[0].size()));
    }

    private static void binary(KernelTable table, Class<? extends Binary> type, BinaryOp f) {
        table.put(type, (op, in, out) -> {
            float[] y = data(out[0]);
            Shape a = in[0].shape();
            Shape b = in[1].shape();
            Shape s = out[0].shape();
            if (a.equals(b)) {
                BinaryCpu.binary(f, y, data(in[0]), data(in[1]), s.size());
            } else if (b.size() == 1 && a.size() == s.size()) {
                BinaryCpu.binary(f, y, data(in[0]), data(in[1])[0], s.size());
            } else if (a.size() == 1 && b.size() == s.size()) {
                BinaryCpu.binary(f, y, data(in[0])[0], data(in[1]), s.size());
            } else {
                BinaryCpu.binary(f, y, s.dims(), data(in[0]), a.stridesIn(s), data(in[1]), b.stridesIn(s));
            }
        });
    }

    private static void networks(KernelTable table) {
        table.put(MatMul.class, CpuKernels::matMul)
                .put(Linear.class, (op, in, out) -> Gemm.multiply(data(out[0]), 0, data(in[0]), 0, false, data(in[1]), 0, true,
                        in.length == 3 ? data(in[2]) : null, in[0].size() / in[0].dim(-1), in[1].dim(0), in[1].dim(1), false))
                .put(Conv2d.class, unlessEmpty((op, in, out) -> Conv2dCpu.forward(data(out[0]), data(in[0]), data(in[1]),
                        in.length == 3 ? data(in[2]) : null, null, geometry(in[0], in[1].shape(), op.stride(), op.padding()), kept(in[1]))))
                .put(Conv2dResidual.class, unlessEmpty((op, in, out) -> Conv2dCpu.forward(data(out[0]), data(in[0]), data(in[1]),
                        data(in[2]), data(in[3]), geometry(in[0], in[1].shape(), op.stride(), op.padding()), kept(in[1]))))
                .put(Conv2dInput.class, unlessEmpty((op, in, out) -> Conv2dCpu.backwardData(data(out[0]), data(in[0]), data(in[1]),
                        in.length == 3 ? data(in[2]) : null, geometry(out[0], in[1].shape(), op.stride(), op.padding()), kept(in[1]))))
                .put(Conv2dWeight.class, unlessEmpty((op, in, out) -> Conv2dCpu.backwardFilter(data(out[0]), data(in[1]), data(in[0]),
                        geometry(in[0], out[0].shape(), op.stride(), op.padding()))))
                .put(Softmax.class, (op, in, out) -> {
                    int length = in[0].dim(-1);
                    SoftmaxCpu.forward(data(out[0]), data(in[0]), in[0].size() / Math.max(1, length), length);
                })
                .put(Attention.class, (op, in, out) -> AttentionCpu.forward(data(out[0]), data(in[0]), out[0].dim(0),
                        out[0].dim(1), out[0].dim(2), op.heads()))
                .putBackward(Attention.class, (op, in, out) -> AttentionCpu.backward(data(out[0]), data(in[0]), data(in[1]),
                        in[1].dim(0), in[1].dim(1), in[1].dim(2), op.forward().heads()))
                .put(GroupNorm.class, unlessEmpty((op, in, out) -> groupNorm(in, out, op.groups(), op.eps(), null, false)))
                .put(GroupNormSilu.class, unlessEmpty((op, in, out) -> groupNorm(in, out, op.groups(), op.eps(), null, true)))
                .put(ModulatedGroupNormSilu.class, unlessEmpty((op, in, out) -> groupNorm(in, out, op.groups(), op.eps(), op.form(), true)))
                .putBackward(GroupNorm.class, unlessEmpty((op, in, out) ->
                        groupNormBackward(in, out, op.forward().groups(), op.forward().eps(), null, false)))
                .putBackward(GroupNormSilu.class, unlessEmpty((op, in, out) ->
                        groupNormBackward(in, out, op.forward().groups(), op.forward().eps(), null, true)))
                .putBackward(ModulatedGroupNormSilu.class, unlessEmpty((op, in, out) ->
                        groupNormBackward(in, out, op.forward().groups(), op.forward().eps(), op.forward().form(), true)));
    }

    /** A kernel that need not know of batches without images: sums over them are 0. */
    private static <O> Kernel<O> unlessEmpty(Kernel<O> kernel) {
        return (op, in, out) -> {
            if (in[0].dim(0) > 0) {
                kernel.run(op, in, out);
                return;
            }
            for (Tensor t : out) {
                if (t != null) {
                    Arrays.fill(data(t), 0, t.size(), 0);
                }
            }
        };
    }

    private static void matMul(MatMul op, Tensor[] in, Tensor[] out) {
        int m = out[0].dim(-2);
        int n = out[0].dim(-1);
        int k = in[0].dim(op.transA() ? -2 : -1);
        int batch = out[0].size() / Math.max(1, m * n);
        if (batch == 1) {
            Gemm.multiply(data(out[0]), 0, data(in[0]), 0, op.transA(), data(in[1]), 0, op.transB(), null, m, n, k, false);
        } else {
            Gemm.multiplyBatched(batch, data(out[0]), 0, m * n, data(in[0]), 0, m * k, op.transA(),
                    data(in[1]), 0, k * n, op.transB(), m, n, k, false);
        }
    }

    /** See {@link CpuBackend#explain}. */
    static String explain(Object op, Tensor[] in, Tensor[] out) {
        if (op instanceof Conv2d c) {
            Conv2dGeometry g = geometry(in[0], in[1].shape(), c.stride(), c.padding());
            return Conv2dAlgorithm.forward(g).explain(g);
        }
        if (op instanceof Conv2dResidual c) {
            Conv2dGeometry g = geometry(in[0], in[1].shape(), c.stride(), c.padding());
            return Conv2dAlgorithm.forward(g).explain(g);
        }
        if (op instanceof Conv2dInput c) {
            Conv2dGeometry g = geometry(out[0], in[1].shape(), c.stride(), c.padding());
            return Conv2dAlgorithm.backwardData(g).explain(g);
        }
        if (op instanceof Conv2dWeight c) {
            Conv2dGeometry g = geometry(in[0], out[0].shape(), c.stride(), c.padding());
            return Conv2dAlgorithm.backwardFilter(g).explain(g);
        }
        return "";
    }

    private static Conv2dGeometry geometry(Tensor x, Shape w, int stride, int padding) {
        return new Conv2dGeometry(x.dim(0), x.dim(1), x.dim(2), x.dim(3), w.dim(0), w.dim(1), w.dim(2), stride, padding);
    }

    private static void groupNorm(Tensor[] in, Tensor[] out, int groups, double eps, Form form, boolean silu) {
        int n = in[0].dim(0);
        int c = in[0].dim(-1);
        GroupNormCpu.forward(data(out[0]), data(in[0]), data(in[1]), data(in[2]), form, form == null ? null : data(in[3]),
                n, in[0].size() / (n * c), c, groups, (float) eps, silu);
    }

    private static void groupNormBackward(Tensor[] in, Tensor[] out, int groups, double eps, Form form, boolean silu) {
        int n = in[0].dim(0);
        int c = in[0].dim(-1);
        boolean modulated = form != null;
        GroupNormCpu.backward(data(out[0]), data(out[1]), data(out[2]), modulated ? data(out[3]) : null,
                data(in[0]), data(in[1]), data(in[2]), form, modulated ? data(in[3]) : null, data(in[modulated ? 4 : 3]),
                n, in[0].size() / (n * c), c, groups, (float) eps, silu);
    }

    private static void adam(AdamStep op, Tensor[] operands, Tensor[] overwritten) {
        int n = op.count();
        double sum = 0;
        for (int i = 0; i < n; i++) {
            Tensor g = operands[4 * n + 1 + i];
            sum += OptimiserCpu.sumOfSquares(data(g), g.size());
        }
        double norm = Math.sqrt(sum);
        data(operands[4 * n])[0] = (float) norm;
        if (!Double.isFinite(norm)) {
            return;
        }
        float scale = (float) op.clipScale(norm);
        for (int i = 0; i < n; i++) {
            OptimiserCpu.adam(data(operands[i]), data(operands[4 * n + 1 + i]), data(operands[n + i]), data(operands[2 * n + i]),
                    data(operands[3 * n + i]), 0, operands[i].size(), scale, op.learningRate(), op.beta1(), op.beta2(),
                    (float) op.eps(), op.weightDecay(), op.biasCorrection1(), op.biasCorrection2(), op.emaDecay());
        }
    }
}
