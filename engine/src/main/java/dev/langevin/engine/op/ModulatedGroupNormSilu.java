package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/**
 * SiLU of {@link GroupNorm}, told something about each image, its time above all, by a shift or a scale and a shift of each
 * channel: inputs x (N, ..., C), weight (C), bias (C), and e, whose shape is the form's.
 */
public record ModulatedGroupNormSilu(int groups, double eps, Form form) implements Fused {
    /** How e enters. */
    public enum Form {
        /** norm(x + e), e (N, C). */
        SHIFT,
        /** norm(x (1 + e_1) + e_2), e = [e_1 | e_2] (N, 2 C): feature-wise linear modulation (Perez et al. 2018). */
        FILM,
        /** norm(x) (1 + e_1) + e_2, e = [e_1 | e_2] (N, 2 C): adaptive group normalisation (Dhariwal and Nichol 2021). */
        ADAGN;

        /** Numbers of e for each channel. */
        public int perChannel() {
            return this == SHIFT ? 1 : 2;
        }
    }

    @Override
    public Shape[] shapes(Shape... in) {
        if (in.length != 4 || !GroupNorm.fit(groups, in)
                || !in[3].equals(Shape.of(in[0].dim(0), form.perChannel() * in[0].dim(-1)))) {
            throw new ShapeException(name(), "x (N, ..., C), weight (C), bias (C), e " + (form == Form.SHIFT ? "(N, C)" : "(N, 2 C)")
                    + " for " + form + ", with C divisible by " + groups + " groups", in);
        }
        return in[0].alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        Tensor x = in[0];
        int[] dims = new int[x.rank()];
        Arrays.fill(dims, 1);
        dims[0] = x.dim(0);
        dims[dims.length - 1] = in[3].dim(1);
        Tensor e = in[3].reshape(dims);
        return new Tensor[] {switch (form) {
            case SHIFT -> x.add(e).groupNormSilu(groups, in[1], in[2], eps);
            case FILM -> modulate(x, e).groupNormSilu(groups, in[1], in[2], eps);
            case ADAGN -> modulate(x.groupNorm(groups, in[1], in[2], eps), e).silu();
        }};
    }

    private static Tensor modulate(Tensor h, Tensor e) {
        int c = h.dim(-1);
        int last = e.rank() - 1;
        return h.mul(e.slice(last, 0, c).add(1)).add(e.slice(last, c, 2 * c));
    }
}
