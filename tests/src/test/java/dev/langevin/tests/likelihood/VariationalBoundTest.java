package dev.langevin.tests.likelihood;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.model.nn.NoiseLabel;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreMlp;
import dev.langevin.model.nn.ScoreNetwork;
import dev.langevin.model.score.GaussianScore;
import dev.langevin.model.score.NetworkScore;
import dev.langevin.model.score.Parametrisation;
import dev.langevin.model.score.ReverseVariance;
import dev.langevin.model.sde.DdpmChain;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.NoCorrector;
import dev.langevin.sampling.PredictorCorrector;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.likelihood.VariationalBound;
import dev.langevin.sampling.stochastic.VarianceAncestral;
import dev.langevin.training.loss.DenoisingScoreMatching;
import dev.langevin.training.loss.LearnedVariance;
import dev.langevin.training.loss.Times;
import dev.langevin.training.loss.Weighting;
import dev.langevin.training.optim.Optimiser;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows T-ELBO, L-ELBO and T-LVAR on F-GAUSS, data N(1, 0.25): with the exact score the bound is above the exact negative
 * log-likelihood by what the reverse variance is wrong and what the prior is wrong, both known in closed form.
 */
class VariationalBoundTest {
    private static final double MEAN = 1;
    private static final double STD = 0.5;

    private final ReferenceBackend backend = new ReferenceBackend();
    private Scope scope;

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    static List<Sde> sdes() {
        return Sdes.all();
    }

    private static GaussianScore exact(Sde sde) {
        return GaussianScore.diagonal(sde, new double[] {MEAN}, new double[] {STD});
    }

    private static Tensor data(int n) {
        return Tensor.normal(Shape.of(n, 1), new RandomKey(1, 1, 0, 0)).mul(STD).add(MEAN);
    }

    /** Var x_i = a_i^2 C + s_i^2. */
    private static double marginal(DdpmChain chain, int i) {
        return Math.pow(chain.meanCoefficient(i) * STD, 2) + Math.pow(chain.std(i), 2);
    }

    /** Var(x_(i-1) | x_i) when x_i and x_(i-1) are jointly normal: what Sigma_i ought to be. */
    private static double reverseVariance(DdpmChain chain, int i) {
        return chain.stepVariance(i) * marginal(chain, i - 1) / marginal(chain, i);
    }

    /** v with beta^v beta-tilde^(1 - v) = the right variance. */
    private static double rightInterpolation(DdpmChain chain, int i) {
        double least = chain.posteriorVariance(Math.max(i, 2));
        return Math.log(reverseVariance(chain, i) / least) / Math.log(chain.stepVariance(i) / least);
    }

    private static ReverseVariance right(DdpmChain chain) {
        return (x, t) -> Tensor.of(Shape.of(t.length, 1), Arrays.stream(t)
                .map(u -> rightInterpolation(chain, (int) Math.round(u * chain.steps()))).toArray());
    }

    /**
     * The gap between mean bound and entropy, from Gaussians alone: KL of the last marginal to the prior, and for each step KL
     * between two normals of one mean (the exact score's is right), of the right variance and of Sigma_i.
     */
    private static double gap(DdpmChain chain, IntToDoubleFunction sigma) {
        int n = chain.steps();
        double prior = chain.priorStd() * chain.priorStd();
        double v = marginal(chain, n);
        double gap = 0.5 * (v / prior - 1 - Math.log(v / prior) + Math.pow(chain.meanCoefficient(n) * MEAN, 2) / prior);
        for (int i = 1; i <= n; i++) {
            double ratio = reverseVariance(chain, i) / sigma.applyAsDouble(i);
            gap += 0.5 * (ratio - 1 - Math.log(ratio));
        }
        return gap;
    }

    private static double mean(double[] v) {
        return Arrays.stream(v).average().orElseThrow();
    }

    private static double standardError(double[] v) {
        double mean = mean(v);
        return Math.sqrt(Arrays.stream(v).map(u -> (u - mean) * (u - mean)).sum() / v.length / v.length);
    }

    /** Bound less exact negative log-likelihood of each example, under the exact score. */
    private static double[] excess(Sde sde, DdpmChain chain, ReverseVariance variance, int n) {
        Tensor x0 = data(n);
        double[] x = x0.toDoubles();
        double[] nats = new VariationalBound(chain, exact(sde), variance).nats(x0, 3, 0);
        Arrays.setAll(nats, i -> nats[i] - 0.5 * (Math.pow((x[i] - MEAN) / STD, 2) + Math.log(2 * Math.PI * STD * STD)));
        return nats;
    }

    /** For every SDE and variance the mean excess is the closed form, within 4 standard errors, and above 0. */
    @ParameterizedTest
    @MethodSource("sdes")
    void excessOverTheExactLikelihoodIsTheClosedForm(Sde sde) {
        int n = 4000;
        DdpmChain chain = DdpmChain.of(sde, 20);
        double[] beta = excess(sde, chain, ReverseVariance.BETA, n);
        double[] tilde = excess(sde, chain, ReverseVariance.BETA_TILDE, n);
        double[] best = excess(sde, chain, right(chain), n);
        double ofBeta = gap(chain, chain::stepVariance);
        double ofTilde = gap(chain, i -> chain.posteriorVariance(Math.max(i, 2)));
        double ofBest = gap(chain, i -> reverseVariance(chain, i));
        assertEquals(ofBeta, mean(beta), 4 * standardError(beta), sde.name() + " beta");
        assertEquals(ofTilde, mean(tilde), 4 * standardError(tilde), sde.name() + " beta-tilde");
        assertEquals(ofBest, mean(best), 4 * standardError(best), sde.name() + " right variance");
        assertTrue(mean(beta) > 0 && mean(tilde) > 0 && mean(best) > -4 * standardError(best), "an upper bound");
        assertTrue(ofBest < ofBeta && ofBest < ofTilde);
    }

    /** With beta the gap goes as 1 / N: twice the steps, half of what is left when the prior's part is taken away. */
    @ParameterizedTest
    @MethodSource("sdes")
    void gapShrinksWithTheSteps(Sde sde) {
        double last = Double.POSITIVE_INFINITY;
        for (int n : new int[] {100, 200, 400, 800}) {
            DdpmChain chain = DdpmChain.of(sde, n);
            double gap = gap(chain, chain::stepVariance) - gap(chain, i -> reverseVariance(chain, i));
            assertTrue(last == Double.POSITIVE_INFINITY || Math.abs(last / gap - 2) < 0.3, sde.name() + " " + n + ": " + last + " to " + gap);
            last = gap;
        }
        double[] few = excess(sde, DdpmChain.of(sde, 10), ReverseVariance.BETA, 2000);
        double[] many = excess(sde, DdpmChain.of(sde, 80), ReverseVariance.BETA, 2000);
        assertTrue(mean(many) < 0.4 * mean(few), mean(few) + " to " + mean(many));
    }

    /** Of the weights: the bound's sum of step terms and DSM with {@link VariationalBound#weight} at the same times have one gradient. */
    @ParameterizedTest
    @MethodSource("sdes")
    void trainingByTheBoundIsWeightedDenoising(Sde sde) {
        int n = 12;
        DdpmChain chain = DdpmChain.of(sde, n);
        ScoreMlp net = new ScoreMlp(2, 8, 2, 999, Parameters.create(4));
        Tensor[] wrt = net.parameters().map().values().toArray(Tensor[]::new);
        NetworkScore score = new NetworkScore(net, Parametrisation.NOISE, sde);
        RandomKey noise = new RandomKey(1, 2, 0, 0);
        Tensor x0 = Tensor.normal(Shape.of(n, 2), new RandomKey(1, 1, 0, 0));
        int[] steps = new int[n];
        Arrays.setAll(steps, i -> i + 1);
        double[] t = Arrays.stream(steps).mapToDouble(chain::time).toArray();
        Tensor z = Tensor.normal(Shape.of(n, 2), noise);
        Tensor a = Tensor.of(Shape.of(n, 1), Arrays.stream(steps).mapToDouble(chain::meanCoefficient).toArray());
        Tensor s = Tensor.of(Shape.of(n, 1), Arrays.stream(steps).mapToDouble(chain::std).toArray());
        Tensor x = x0.mul(a).add(z.mul(s));
        VariationalBound bound = new VariationalBound(chain, score, ReverseVariance.BETA);
        Tensor sum = bound.terms(x, score.timesStd(x, t, null).add(z).square(), steps).sum();
        Weighting weighting = new Weighting() {
            @Override
            public String name() {
                return "bound";
            }

            @Override
            public double noiseWeight(Sde same, double u) {
                int i = (int) Math.round(u * n);
                return bound.weight(i, chain.stepVariance(i));
            }
        };
        Tensor dsm = new DenoisingScoreMatching(score, weighting).of(x0, t, noise, null).mean().mul(2 * n);
        Tensor[] expected = Autograd.gradients(dsm, false, wrt);
        Tensor[] actual = Autograd.gradients(sum, false, wrt);
        for (int k = 0; k < wrt.length; k++) {
            double largest = Arrays.stream(expected[k].toDoubles()).map(Math::abs).max().orElseThrow();
            assertArrayEquals(expected[k].toDoubles(), actual[k].toDoubles(), 1e-9 * largest);
        }
        DdpmChain fine = DdpmChain.of(sde, 10_000);
        for (int i = 1000; i <= 10_000; i += 1000) {
            double limit = 0.5 * Weighting.LIKELIHOOD.noiseWeight(sde, i / 1e4);
            double weight = 1e4 * new VariationalBound(fine, score, ReverseVariance.BETA).weight(i, fine.stepVariance(i));
            assertEquals(limit, weight, 2e-3 * limit, "in the limit, half of likelihood weighting, at step " + i);
        }
    }

    /** A network of one number for each step of a chain. */
    private record Table(DdpmChain chain, Parameters parameters, Tensor values) implements ScoreNetwork {
        static Table of(DdpmChain chain) {
            Parameters p = Parameters.create(1);
            return new Table(chain, p, p.constant("values", Shape.of(chain.steps(), 1), 0));
        }

        @Override
        public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
            double[] times = t.toDoubles();
            double[] oneHot = new double[times.length * chain.steps()];
            for (int k = 0; k < times.length; k++) {
                oneHot[k * chain.steps() + (int) Math.round(times[k] * chain.steps()) - 1] = 1;
            }
            return Tensor.of(Shape.of(times.length, chain.steps()), oneHot).matmul(values);
        }
    }

    /** The exact noise prediction of F-GAUSS, times a weight that begins at 1: trained along, it must stay there. */
    private static ScoreNetwork exactNoise(Sde sde, Parameters p) {
        Tensor one = p.constant("scale", Shape.of(1), 1);
        GaussianScore exact = exact(sde);
        return new ScoreNetwork() {
            @Override
            public Tensor forward(Tensor in, Tensor t, RandomKey dropout) {
                double[] times = t.toDoubles();
                double[] x = in.toDoubles();
                Arrays.setAll(x, i -> {
                    double a = sde.meanCoefficient(times[i]);
                    double s = sde.std(times[i]);
                    return s * (x[i] * Math.hypot(a, s) - exact.mean(times[i])[0]) / exact.covariance(times[i])[0][0];
                });
                return Tensor.of(in.shape(), x).mul(one);
            }

            @Override
            public Parameters parameters() {
                return p;
            }
        };
    }

    /**
     * T-LVAR: the hybrid loss takes the variance of every step to the right one, within 3 %, between beta-tilde and beta, and the
     * bound below that of either; the score hears of it nothing.
     */
    @Test
    void learnedVarianceIsTheRightOne() {
        Sde sde = new VpSde();
        DdpmChain chain = DdpmChain.of(sde, 8);
        Table table = Table.of(chain);
        ReverseVariance learned = ReverseVariance.learned(table, sde);
        NetworkScore score = new NetworkScore(exactNoise(sde, Parameters.create(2)), Parametrisation.NOISE, sde);
        LearnedVariance loss = new LearnedVariance(score, chain, learned, 0.1);
        Optimiser optimiser = new Optimiser(new Optimiser.Settings(0.9, 0.99, 1e-8, 0, 1e9, 0), table.parameters());
        int batch = 1024;
        int steps = 200;
        for (int step = 1; step <= steps; step++) {
            try (Scope inner = Scope.open()) {
                Tensor x0 = Tensor.normal(Shape.of(batch, 1), new RandomKey(1, 1, 0, step)).mul(STD).add(MEAN);
                double[] t = Times.STRATIFIED.draw(sde, 1, step, 0, batch, batch);
                Tensor[] g = Autograd.backward(loss.of(x0, t, new RandomKey(1, 2, 0, step), null).mean(), optimiser.trained());
                optimiser.step(step, 0.1 * (1 - (step - 1.0) / steps), g);
            }
        }
        double[] v = table.values().toDoubles();
        for (int i = 1; i <= chain.steps(); i++) {
            double least = chain.posteriorVariance(Math.max(i, 2));
            double sigma = least * Math.pow(chain.stepVariance(i) / least, (v[i - 1] + 1) / 2);
            assertEquals(reverseVariance(chain, i), sigma, 0.03 * reverseVariance(chain, i), "step " + i);
        }
        double[] with = excess(sde, chain, learned, 4000);
        assertTrue(mean(with) < 0.5 * mean(excess(sde, chain, ReverseVariance.BETA, 4000)), "better than beta");
        assertTrue(mean(with) < 0.5 * mean(excess(sde, chain, ReverseVariance.BETA_TILDE, 4000)), "better than beta-tilde");
        Tensor scale = score.network().parameters().map().get("scale");
        Tensor x0 = data(256);
        double[] t = Times.STRATIFIED.draw(sde, 1, 1, 0, 256, 256);
        double of = Autograd.gradients(loss.of(x0, t, new RandomKey(1, 2, 0, 1), null).mean(), false, scale)[0].item();
        double without = Autograd.gradients(new LearnedVariance(score, chain, learned, 0).of(x0, t, new RandomKey(1, 2, 0, 1), null).mean(),
                false, scale)[0].item();
        assertEquals(without, of, 0, "the bound has no gradient for the score");
    }

    /** As a score's network, the variance's sees data of unit variance and hears of the time by the label that it is built for. */
    @ParameterizedTest
    @MethodSource("sdes")
    void learnedVarianceTellsItsNetworkTheNoise(Sde sde) {
        NoiseLabel label = new NoiseLabel(NoiseLabel.Kind.INDEX, 100);
        ScoreNetwork network = new ScoreNetwork() {
            @Override
            public Tensor forward(Tensor x, Tensor t, RandomKey dropout) {
                return x.add(t.reshape(-1, 1));
            }

            @Override
            public NoiseLabel noise() {
                return label;
            }

            @Override
            public Parameters parameters() {
                return Parameters.create(0);
            }
        };
        double[] t = {0.25, 0.8};
        double[] v = ReverseVariance.learned(network, sde).interpolation(Tensor.of(Shape.of(2, 1), 3, -1), t).toDoubles();
        for (int i = 0; i < 2; i++) {
            double in = (i == 0 ? 3 : -1) / Math.hypot(sde.meanCoefficient(t[i]), sde.std(t[i]));
            assertEquals((in + label.of(sde, t[i]) + 1) / 2, v[i], 1e-12, sde.name());
        }
    }

    /** Data that are one point: the right variance is beta-tilde, exactly. */
    @ParameterizedTest
    @MethodSource("sdes")
    void ofAPointTheRightVarianceIsBetaTilde(Sde sde) {
        DdpmChain chain = DdpmChain.of(sde, 20);
        for (int i = 2; i <= 20; i++) {
            double point = chain.stepVariance(i) * Math.pow(chain.std(i - 1) / chain.std(i), 2);
            assertEquals(point, chain.posteriorVariance(i), 1e-12 * point);
            assertTrue(reverseVariance(chain, i) > chain.posteriorVariance(i));
        }
    }

    /**
     * Ancestral sampling with the right variance has the exact moments after five steps, within 4 standard errors, where those of
     * either fixed variance are off. The last step returns its mean, whose variance lacks that of the step's noise.
     */
    @ParameterizedTest
    @MethodSource("sdes")
    void samplingWithTheRightVarianceIsExactInFiveSteps(Sde sde) {
        int n = 10_000;
        double eps = sde.samplingEpsilon();
        double length = (sde.endTime() - eps) / 5;
        double[] x = sample(sde, (at, t) -> Tensor.scalar(1 + Math.log(variance(sde, t[0] - length) / variance(sde, t[0]))
                / (2 * Math.log(sde.std(t[0]) / sde.std(t[0] - length)))), n);
        double k = sde.meanCoefficient(eps + length) / sde.meanCoefficient(eps);
        double w = Math.pow(sde.std(eps + length), 2) - Math.pow(k * sde.std(eps), 2);
        double expected = variance(sde, eps) * (1 - w / variance(sde, eps + length));
        double se = expected * Math.sqrt(2.0 / n);
        assertEquals(MEAN * sde.meanCoefficient(eps), mean(x), 4 * standardError(x), sde.name());
        assertEquals(expected, n * Math.pow(standardError(x), 2), 4 * se, sde.name());
        for (ReverseVariance fixed : List.of(ReverseVariance.BETA, ReverseVariance.BETA_TILDE)) {
            double off = n * Math.pow(standardError(sample(sde, fixed, n)), 2) - expected;
            assertTrue(Math.abs(off) > 10 * se, sde.name() + ": " + off / se);
        }
    }

    private static double variance(Sde sde, double t) {
        return exact(sde).covariance(t)[0][0];
    }

    private static double[] sample(Sde sde, ReverseVariance variance, int n) {
        return new PredictorCorrector("a", new VarianceAncestral(variance), new NoCorrector())
                .sample(exact(sde), sde, Shape.of(n, 1), SampleOptions.of(5, 3)).toDoubles();
    }
}
