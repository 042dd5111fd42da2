package dev.langevin.sampling.editing;

import dev.langevin.engine.InputException;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.model.score.ScoreFunction;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.ode.Inversion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * Images between two images, through their noises (Song, Meng &amp; Ermon 2021, section 5.3): both are encoded, the noises joined on
 * a great circle, and what lies between decoded. A straight line would pass points with less noise than a sample starts from.
 *
 * @param inversion to noise and back
 */
public record Interpolation(Inversion inversion) {

    /**
     * @param from (N, ...)
     * @param to (N, ...)
     * @param weights from 0, which is {@code from} again, to 1, {@code to}, each up to the error of the round trip
     * @return for each weight (N, ...), in the current scope
     */
    public List<Tensor> between(ScoreFunction score, Sde sde, Tensor from, Tensor to, double[] weights, SampleOptions options) {
        if (!from.shape().equals(to.shape())) {
            throw new ShapeException("interpolation", "images of one shape", from.shape(), to.shape());
        }
        double end = sde.endTime();
        Tensor first = inversion.encode(score, sde, from, end, options);
        Tensor second = inversion.encode(score, sde, to, end, options);
        List<Tensor> path = new ArrayList<>();
        for (double weight : weights) {
            path.add(inversion.decode(score, sde, slerp(first, second, weight), end, options));
        }
        return path;
    }

    /**
     * sin((1 - w) u) / sin(u) p + sin(w u) / sin(u) q, u the angle between p and q of each image (Shoemake 1985); the straight line
     * where they point the same way. Reads the angles back from the device.
     *
     * @param p (N, ...)
     * @param q shape of p
     * @param w in [0, 1]
     */
    public static Tensor slerp(Tensor p, Tensor q, double w) {
        if (!(w >= 0 && w <= 1)) {
            throw new InputException("interpolation: expected weights in [0, 1], got " + w);
        }
        double[] pp = dot(p, p);
        double[] qq = dot(q, q);
        double[] pq = dot(p, q);
        double[] angles = new double[pp.length];
        Arrays.setAll(angles, i -> pp[i] * qq[i] == 0 ? 0 : Math.acos(Math.clamp(pq[i] / Math.sqrt(pp[i] * qq[i]), -1, 1)));
        return p.mul(column(p, angles, u -> share(1 - w, u))).add(q.mul(column(p, angles, u -> share(w, u))));
    }

    /** sin(w u) / sin(u); w where u is too small to tell, and where p = -q, which no great circle is the shortest between. */
    private static double share(double w, double u) {
        return Math.sin(u) < 1e-6 ? w : Math.sin(w * u) / Math.sin(u);
    }

    private static double[] dot(Tensor a, Tensor b) {
        return a.mul(b).reshape(a.dim(0), -1).sum(1).toDoubles();
    }

    private static Tensor column(Tensor x, double[] values, DoubleUnaryOperator of) {
        return Tensor.perExample(x.rank(), Arrays.stream(values).map(of).toArray());
    }
}
