package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.sde.Sde;
import java.util.Arrays;
import java.util.Optional;

/**
 * The score that a network gives, by its parametrisation, of data under an SDE: of p_t(x), or of p_t(x | y) for classes y
 * that are fixed beforehand ({@link #given}), or of what is known of an image (A-INP-COND; Saharia et al. 2022, "Palette").
 *
 * <p>Of a known pixel the clean value y is given, so its score needs no network: it is (a y - x) / s^2, for p_t(x | x_0) has no other
 * part there. The network's output counts where pixels are hidden.
 *
 * @param labels a class for each example of the batches that are to come, or one for all; null for p_t(x)
 * @param known what is known of each image of the batches that are to come, or of all; null for nothing
 */
public record NetworkScore(ScoreNetwork network, Parametrisation parametrisation, Sde sde, int[] labels, Known known) implements ScoreFunction {
    /** Some units in the last place of 1. */
    private static final double ROUNDING = 1e-14;

    public NetworkScore(ScoreNetwork network, Parametrisation parametrisation, Sde sde) {
        this(network, parametrisation, sde, null, null);
    }

    /**
     * The score of p_t(x | y): what samplers take, and what an objective is built of for a batch of labelled examples.
     *
     * @param labels y in [0, K) for each example of a batch, or one for all; K, the network's number of classes, for none
     * @throws InputException when the network has no classes, or no class of a label
     */
    public NetworkScore given(int... labels) {
        network.checkLabels(labels);
        return new NetworkScore(network, parametrisation, sde, labels.clone(), known);
    }

    /**
     * The score of p_t(x | y, m): of images of which a part is known.
     *
     * @throws InputException when the network takes none
     */
    public NetworkScore given(Known known) {
        if (!network.inpaints()) {
            throw new InputException("network: cannot be told a part of the image; train one with unet.inpainting = true (preset mnist-inpaint)");
        }
        return new NetworkScore(network, parametrisation, sde, labels, known);
    }

    /** With the classes and the known parts of these images; what is given for all stays that. */
    @Override
    public NetworkScore forImages(int... rows) {
        int[] own = labels == null || labels.length == 1 ? labels : Arrays.stream(rows).map(row -> labels[row]).toArray();
        return new NetworkScore(network, parametrisation, sde, own, known == null ? null : known.forImages(rows));
    }

    /**
     * This score and another of the same network as one, for batches of 2 n: first the n images of this one's, then the n of the other's.
     * The network is then asked once, and each image has the bits that it has of two scores.
     *
     * @return empty where the other is not of this network, or a part of the images is known
     */
    public Optional<NetworkScore> beside(ScoreFunction other, int n) {
        if (!(other instanceof NetworkScore o) || o.network != network || !o.parametrisation.equals(parametrisation) || o.sde != sde
                || known != null || o.known != null) {
            return Optional.empty();
        }
        if (labels == null && o.labels == null) {
            return Optional.of(this);
        }
        int[] both = new int[2 * n];
        Arrays.fill(both, network.classes()); // none
        for (NetworkScore half : new NetworkScore[] {this, o}) {
            if (half.labels != null) {
                System.arraycopy(half.classes(n), 0, both, half == this ? 0 : n, n);
            }
        }
        return Optional.of(given(both));
    }

    @Override
    public Tensor score(Tensor x, double t) {
        double[] times = new double[x.dim(0)];
        Arrays.fill(times, t);
        return timesStd(x, times, null).div(sde.std(t));
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        double[] precision = new double[t.length];
        for (int i = 0; i < t.length; i++) {
            precision[i] = 1 / sde.std(t[i]);
        }
        return scaled(timesStd(x, t, null), precision);
    }

    /**
     * s(t) score(x, t), the prediction of minus the noise, with a time for each example.
     *
     * @param x (N, ...)
     * @param t N times in (0, T]
     * @param dropout random numbers for dropout while training, or null
     * @return x's shape
     */
    public Tensor timesStd(Tensor x, double[] t, RandomKey dropout) {
        int n = t.length;
        double[] in = new double[n];
        double[] skip = new double[n];
        double[] out = new double[n];
        double[] label = new double[n];
        double[] mean = new double[n];
        double[] precision = new double[n];
        for (int i = 0; i < n; i++) {
            double a = sde.meanCoefficient(t[i]);
            double s = sde.std(t[i]);
            in[i] = parametrisation.in(a, s);
            skip[i] = parametrisation.skip(a, s);
            out[i] = parametrisation.out(a, s);
            label[i] = network.noise().of(sde, t[i]);
            mean[i] = a;
            precision[i] = 1 / s;
        }
        Tensor input = scaled(x, in);
        Tensor f = network.forward(known == null ? input : known.beside(input), Tensor.of(Shape.of(n), label), classes(n), dropout);
        Tensor predicted = scaled(f, out);
        Tensor full = areAll(skip, 0, 0) ? predicted : predicted.add(scaled(x, skip));
        // (a y - x) / s where y is known.
        return known == null ? full : scaled(scaled(known.values(), mean).sub(x), precision).where(known.mask(), full);
    }

    /** The classes of a batch of n, or null. */
    int[] classes(int n) {
        if (labels == null || labels.length == n) {
            return labels;
        }
        if (labels.length != 1) {
            throw new InputException("score: classes of " + labels.length + " examples were given, the batch has " + n + "; give one for each, or one for all");
        }
        int[] all = new int[n];
        Arrays.fill(all, labels[0]);
        return all;
    }

    /**
     * Each example of x (N, ...) times its factor. One that is 1 but for rounding counts as 1: a scale whose last digit depends on
     * the time must not make one step issue other ops than the next.
     */
    public static Tensor scaled(Tensor x, double[] factors) {
        if (areAll(factors, 1, ROUNDING)) {
            return x;
        }
        if (areAll(factors, factors[0], 0)) {
            return x.mul(factors[0]);
        }
        return x.mul(Tensor.perExample(x.rank(), factors));
    }

    private static boolean areAll(double[] values, double value, double distance) {
        for (double v : values) {
            if (!(Math.abs(v - value) <= distance)) {
                return false;
            }
        }
        return true;
    }
}
