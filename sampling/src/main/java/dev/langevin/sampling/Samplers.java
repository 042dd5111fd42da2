package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.adaptive.AdaptiveSde;
import dev.langevin.sampling.adaptive.Rk45;
import dev.langevin.sampling.ode.Ddim;
import dev.langevin.sampling.ode.DpmSolver;
import dev.langevin.sampling.ode.DpmSolverPlusPlus;
import dev.langevin.sampling.ode.Edm;
import dev.langevin.sampling.ode.OdeEuler;
import dev.langevin.sampling.ode.OdeHeun;
import dev.langevin.sampling.ode.UniPc;
import dev.langevin.sampling.stochastic.AldCorrector;
import dev.langevin.sampling.stochastic.Ancestral;
import dev.langevin.sampling.stochastic.AnnealedLangevin;
import dev.langevin.sampling.stochastic.EulerMaruyama;
import dev.langevin.sampling.stochastic.LangevinCorrector;
import dev.langevin.sampling.stochastic.ReverseDiffusion;
import dev.langevin.sampling.stochastic.StochasticHeun;
import dev.langevin.sampling.stochastic.StochasticRk4;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The one list of predictors, correctors and samplers: what the command line offers and what the all-pairs tests run. A
 * sampler's name is PREDICTOR+CORRECTOR, or PREDICTOR alone for no corrector. Those with a loop of their own have a name of their own.
 * Two have a second name: {@code pc} is reverse-diffusion+langevin, the paper's predictor-corrector sampler, and
 * {@code euler-ancestral} is ancestral, under which k-diffusion knows it.
 */
public final class Samplers {
    /** Second names, and what they stand for. */
    private static final SortedMap<String, String> ALIASES = new TreeMap<>(Map.of("pc", "reverse-diffusion+langevin", "euler-ancestral", "ancestral"));

    private Samplers() {
    }

    private static List<Predictor> predictors(SamplerSettings settings) {
        return List.of(new EulerMaruyama(), new ReverseDiffusion(), new OdeEuler(), new OdeHeun(), new Ancestral(Ancestral.Variance.POSTERIOR),
                new Ancestral(Ancestral.Variance.UPPER), new StochasticHeun(), new StochasticRk4(), new Ddim(settings.eta()), new DpmSolver(2),
                new DpmSolver(3), new NoPredictor());
    }

    private static List<Corrector> correctors(SamplerSettings settings) {
        return List.of(new NoCorrector(), new LangevinCorrector(settings.snr(0.16), settings.correctorSteps()),
                new AldCorrector(settings.snr(0.16), settings.correctorSteps()));
    }

    /** Samplers that are not made of a predictor and a corrector. */
    private static List<Sampler> others(SamplerSettings settings) {
        return List.of(new AnnealedLangevin(settings.snr(0.4), settings.correctorSteps()), new AdaptiveSde(settings.tolerance(0.02)),
                new Rk45(settings.tolerance(1e-5)), DpmSolverPlusPlus.ode(), DpmSolverPlusPlus.sde(), new UniPc(), new Edm(settings.churn()));
    }

    /** Every sampler, under its shortest name. */
    public static List<Sampler> all(SamplerSettings settings) {
        List<Sampler> all = new ArrayList<>();
        for (Corrector corrector : correctors(settings)) {
            for (Predictor predictor : predictors(settings)) {
                // No predictor and the annealed corrector would be annealed-langevin with steps too short to keep up.
                if (!(predictor instanceof NoPredictor && !(corrector instanceof LangevinCorrector))) {
                    all.add(new PredictorCorrector(corrector instanceof NoCorrector ? predictor.name()
                            : predictor.name() + "+" + corrector.name(), predictor, corrector));
                }
            }
        }
        all.addAll(others(settings));
        return all;
    }

    /** The name of every sampler, second names first. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(ALIASES.keySet());
        all(SamplerSettings.usual()).forEach(sampler -> names.add(sampler.name()));
        return names;
    }

    /**
     * A sampler with the usual settings.
     *
     * @throws InputException when there is none of this name; the message lists those there are
     */
    public static Sampler named(String name) {
        return named(name, SamplerSettings.usual());
    }

    /** @throws InputException when there is none of this name; the message lists those there are */
    public static Sampler named(String name, SamplerSettings settings) {
        String wanted = ALIASES.getOrDefault(name, name);
        for (Sampler sampler : all(settings)) {
            if (sampler.name().equals(wanted)) {
                return sampler instanceof PredictorCorrector pair ? new PredictorCorrector(name, pair.predictor(), pair.corrector()) : sampler;
            }
        }
        throw new InputException("unknown sampler '" + name + "': choose one of " + String.join(", ", names()));
    }
}
