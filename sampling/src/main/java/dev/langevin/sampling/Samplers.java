package dev.langevin.sampling;

import dev.langevin.engine.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * The one list of predictors, correctors and samplers made of them: what the command line offers and what the all-pairs
 * tests run. A sampler's name is PREDICTOR+CORRECTOR, or PREDICTOR alone for no corrector; {@code pc} stands for
 * reverse-diffusion+langevin, the paper's predictor-corrector sampler.
 */
public final class Samplers {
    private static final List<Predictor> PREDICTORS = List.of(new EulerMaruyama(), new ReverseDiffusion(),
            new OdeEuler(), new OdeHeun(), new NoPredictor());

    private Samplers() {
    }

    public static List<Predictor> predictors() {
        return PREDICTORS;
    }

    /** @param snr signal-to-noise ratio and @param steps steps of the Langevin corrector */
    private static List<Corrector> correctors(double snr, int steps) {
        return List.of(new NoCorrector(), new LangevinCorrector(snr, steps));
    }

    public static List<Corrector> correctors() {
        LangevinCorrector usual = new LangevinCorrector();
        return correctors(usual.snr(), usual.steps());
    }

    /** Every name that {@link #named} takes, shortest form; all of them sample. */
    public static List<String> names() {
        List<String> names = new ArrayList<>(List.of("pc"));
        for (Corrector corrector : correctors()) {
            for (Predictor predictor : PREDICTORS) {
                if (!doesNothing(predictor, corrector)) {
                    names.add(corrector instanceof NoCorrector ? predictor.name()
                            : predictor.name() + "+" + corrector.name());
                }
            }
        }
        return names;
    }

    /**
     * A sampler with the usual corrector: snr 0.16, one step.
     *
     * @throws InputException when there is none of this name; the message lists those there are
     */
    public static PredictorCorrector named(String name) {
        LangevinCorrector usual = new LangevinCorrector();
        return named(name, usual.snr(), usual.steps());
    }

    /**
     * @param snr signal-to-noise ratio of a Langevin corrector, above 0
     * @param correctorSteps Langevin steps at each time, at least 1
     * @throws InputException when there is none of this name; the message lists those there are
     */
    public static PredictorCorrector named(String name, double snr, int correctorSteps) {
        String[] parts = (name.equals("pc") ? "reverse-diffusion+langevin" : name).split("\\+", -1);
        for (Predictor predictor : PREDICTORS) {
            for (Corrector corrector : correctors(snr, correctorSteps)) {
                if (parts.length <= 2 && predictor.name().equals(parts[0])
                        && corrector.name().equals(parts.length == 2 ? parts[1] : "none")
                        && !doesNothing(predictor, corrector)) {
                    return new PredictorCorrector(name, predictor, corrector);
                }
            }
        }
        throw new InputException("unknown sampler '" + name + "': choose one of " + String.join(", ", names()));
    }

    private static boolean doesNothing(Predictor predictor, Corrector corrector) {
        return predictor instanceof NoPredictor && corrector instanceof NoCorrector;
    }
}
