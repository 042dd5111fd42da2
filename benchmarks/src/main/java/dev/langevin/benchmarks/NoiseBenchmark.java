package dev.langevin.benchmarks;

import dev.langevin.engine.Dispatch;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.AffineNoise;
import dev.langevin.engine.op.LangevinStep;
import dev.langevin.engine.op.Perturb;
import dev.langevin.engine.random.RandomKey;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/**
 * Random numbers (Philox) for 64 images, and what is made of them. Tensors of the images' size that are moved: uniform and
 * normal 1, perturb 3 (data; noisy data and noise), the update of a predictor or of Langevin dynamics with given sizes 3
 * (x, score; x), the Langevin step that finds its sizes from norms 4 (it reads the score twice).
 */
public class NoiseBenchmark extends OnCpu {
    private static final int N = 64;
    private static final RandomKey KEY = new RandomKey(1, 7, 0, 0);

    /** Height, width and channels. */
    @Param({"28x28x1", "64x64x3"})
    public String image;

    private Shape shape;
    private Tensor x;
    private Tensor score;
    private Tensor a;
    private Tensor b;
    private Tensor c;

    @Override
    void prepare() {
        String[] part = image.split("x");
        shape = Shape.of(N, Integer.parseInt(part[0]), Integer.parseInt(part[1]), Integer.parseInt(part[2]));
        x = random(shape.dims());
        score = random(shape.dims());
        a = Tensor.full(Shape.of(N), 0.9);
        b = Tensor.full(Shape.of(N), 0.1);
        c = Tensor.full(Shape.of(N), 0.4);
    }

    @Benchmark
    public void uniform(Bytes moved) {
        forward(() -> Tensor.uniform(shape, KEY));
        moved.gigabyte += gigabytes(1);
    }

    @Benchmark
    public void normal(Bytes moved) {
        forward(() -> Tensor.normal(shape, KEY));
        moved.gigabyte += gigabytes(1);
    }

    @Benchmark
    public void perturb(Bytes moved) {
        forward(() -> Dispatch.apply(new Perturb(KEY), x, a, c)[0]);
        moved.gigabyte += gigabytes(3);
    }

    @Benchmark
    public void update(Bytes moved) {
        forward(() -> new AffineNoise(KEY).apply(x, score, a, b, c));
        moved.gigabyte += gigabytes(3);
    }

    @Benchmark
    public void langevinStep(Bytes moved) {
        forward(() -> new LangevinStep(0.05, KEY).apply(x, score));
        moved.gigabyte += gigabytes(4);
    }

    private double gigabytes(int tensors) {
        return 4e-9 * tensors * shape.size();
    }
}
