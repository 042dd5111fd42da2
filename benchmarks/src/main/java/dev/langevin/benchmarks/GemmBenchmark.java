package dev.langevin.benchmarks;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.MatMul;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** Matrix products; 2 batch M N K operations. */
public class GemmBenchmark extends OnCpu {
    /** batch x M x N x K and transposes of A and B. */
    @Param({"1x512x512x512 nn", "1x2048x256x256 nn", "1x2048x256x256 nt", "1x256x256x2048 tn", "256x49x49x32 nt",
        "256x196x32x196 nn", "1x64x256x256 nt"})
    public String shape;

    private MatMul op;
    private Tensor a;
    private Tensor b;
    private double gflop;

    @Override
    void prepare() {
        String[] part = shape.split(" ");
        int[] size = Arrays.stream(part[0].split("x")).mapToInt(Integer::parseInt).toArray();
        op = new MatMul(part[1].charAt(0) == 't', part[1].charAt(1) == 't');
        a = matrices(size[0], size[1], size[3], op.transA());
        b = matrices(size[0], size[3], size[2], op.transB());
        gflop = 2e-9 * size[0] * size[1] * size[2] * size[3];
    }

    /** One matrix has rank 2, as in a network. */
    private Tensor matrices(int batch, int rows, int columns, boolean transposed) {
        int r = transposed ? columns : rows;
        int c = transposed ? rows : columns;
        return batch == 1 ? random(r, c) : random(batch, r, c);
    }

    @Benchmark
    public void multiply(Flops work) {
        forward(() -> op.apply(a, b));
        work.gflop += gflop;
    }
}
