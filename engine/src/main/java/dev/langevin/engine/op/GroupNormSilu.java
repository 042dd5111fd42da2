package dev.langevin.engine.op;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;

/** SiLU of {@link GroupNorm}: what stands before every convolution of a residual block. */
public record GroupNormSilu(int groups, double eps) implements Fused {
    @Override
    public Shape[] shapes(Shape... in) {
        GroupNorm.check(this, groups, in);
        return in[0].alone();
    }

    @Override
    public Tensor[] twin(Tensor... in) {
        return new Tensor[] {new GroupNorm(groups, eps).apply(in).silu()};
    }
}
