package dev.langevin.engine.update;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/**
 * One step, over all parameters at once, of gradient clipping by global norm, Adam (Kingma and Ba 2015) with decoupled
 * weight decay (AdamW; Loshchilov and Hutter 2019), and an exponential moving average of the parameters:
 * <pre>
 * norm = sqrt(sum of g^2 over all tensors),  g' = g min(1, maxNorm / (norm + 1e-6))
 * p *= 1 - lr weightDecay
 * m = b1 m + (1 - b1) g',  v = b2 v + (1 - b2) g'^2
 * p -= lr (m / (1 - b1^step)) / (sqrt(v / (1 - b2^step)) + eps)
 * ema += (1 - emaDecay) (p - ema)
 * </pre>
 * as in PyTorch's clip_grad_norm_ and AdamW. A step whose norm is not finite changes nothing but the norm. Operands:
 * {@code count} parameters, then as many m, v and ema, then the norm (a scalar), all of which are overwritten; then
 * {@code count} gradients. The i-th of each have one shape.
 *
 * @param count number of parameter tensors
 * @param learningRate lr, at least 0
 * @param beta1 b1, in [0, 1)
 * @param beta2 b2, in [0, 1)
 * @param eps added to the root of v
 * @param weightDecay 0 for plain Adam
 * @param step number of this step, from 1
 * @param maxNorm greatest global norm of the gradients; infinity for no clipping
 * @param emaDecay in [0, 1]
 */
public record AdamStep(int count, double learningRate, double beta1, double beta2, double eps, double weightDecay,
        long step, double maxNorm, double emaDecay) implements Update {

    /** What PyTorch adds to the norm before it divides by it. */
    public static final double NORM_EPS = 1e-6;
    private static final String[] KINDS = {"first moment", "second moment", "average"};

    /** The operands in order. */
    public static Tensor[] operands(Tensor[] p, Tensor[] m, Tensor[] v, Tensor[] ema, Tensor norm, Tensor[] g) {
        int n = p.length;
        Tensor[] all = Arrays.copyOf(p, 5 * n + 1);
        System.arraycopy(m, 0, all, n, n);
        System.arraycopy(v, 0, all, 2 * n, n);
        System.arraycopy(ema, 0, all, 3 * n, n);
        all[4 * n] = norm;
        System.arraycopy(g, 0, all, 4 * n + 1, n);
        return all;
    }

    /** The factor by which the gradients are scaled for a given norm. */
    public double clipScale(double norm) {
        return Math.min(1, maxNorm / (norm + NORM_EPS));
    }

    /** 1 - b1^step. */
    public double biasCorrection1() {
        return 1 - Math.pow(beta1, step);
    }

    /** 1 - b2^step. */
    public double biasCorrection2() {
        return 1 - Math.pow(beta2, step);
    }

    @Override
    public void check(Shape... operands) {
        if (operands.length != 5 * count + 1) {
            throw new ShapeException(name(), 5 * count + 1 + " operands for " + count + " parameters", operands);
        }
        for (int i = 0; i < count; i++) {
            for (int kind = 0; kind < KINDS.length; kind++) {
                same(operands[i], operands[(kind + 1) * count + i], KINDS[kind], i);
            }
            same(operands[i], operands[4 * count + 1 + i], "gradient", i);
        }
        if (!operands[4 * count].equals(Shape.SCALAR)) {
            throw new ShapeException(name(), "a scalar for the norm", operands[4 * count]);
        }
    }

    private void same(Shape parameter, Shape other, String kind, int i) {
        if (!other.equals(parameter)) {
            throw new ShapeException(name(), "the " + kind + " of parameter " + i + " in its shape " + parameter, other);
        }
    }

    @Override
    public Tensor[] twin(Tensor... operands) {
        Tensor sum = Tensor.scalar(0);
        for (int i = 0; i < count; i++) {
            sum = sum.add(operands[4 * count + 1 + i].square().sum());
        }
        Tensor norm = sum.sqrt();
        Tensor[] out = Arrays.copyOf(operands, 4 * count + 1);
        out[4 * count] = norm;
        if (!Double.isFinite(norm.item())) {
            return out;
        }
        double scale = clipScale(norm.item());
        for (int i = 0; i < count; i++) {
            Tensor g = operands[4 * count + 1 + i].mul(scale);
            Tensor m = operands[count + i].mul(beta1).add(g.mul(1 - beta1));
            Tensor v = operands[2 * count + i].mul(beta2).add(g.square().mul(1 - beta2));
            Tensor step = m.div(biasCorrection1()).div(v.div(biasCorrection2()).sqrt().add(eps)).mul(learningRate);
            Tensor p = operands[i].mul(1 - learningRate * weightDecay).sub(step);
            out[i] = p;
            out[count + i] = m;
            out[2 * count + i] = v;
            out[3 * count + i] = operands[3 * count + i].mul(emaDecay).add(p.mul(1 - emaDecay));
        }
        return out;
    }
}
