package dev.langevin.training.config;

import dev.langevin.engine.InputException;
import dev.langevin.model.sde.BetaSchedule;
import dev.langevin.model.sde.BetaSchedules;
import dev.langevin.model.sde.CosineBeta;
import dev.langevin.model.sde.ExponentialBeta;
import dev.langevin.model.sde.GeometricSigma;
import dev.langevin.model.sde.LinearBeta;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SdeInvariants;
import dev.langevin.model.sde.SigmaSchedule;
import dev.langevin.model.sde.SigmoidBeta;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.TableBeta;
import dev.langevin.model.sde.TableSigma;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The forward process. Whatever it is, it is held to {@link SdeInvariants} when this record is made, so before any training. Keys that
 * may be left out are null then; one that the schedule in use does not read is refused.
 *
 * @param kind {@code vp}, {@code sub-vp} or {@code ve}
 * @param betaMin beta(0) of vp and sub-vp with the linear or exponential schedule
 * @param betaMax beta(1) of the same
 * @param sigmaMin smallest deviation of ve with the geometric schedule
 * @param sigmaMax greatest deviation of the same
 * @param schedule how noise grows with time: of vp and sub-vp {@code linear} (when left out), {@code cosine}, {@code sigmoid},
 *     {@code exponential} or {@code table}, of ve {@code geometric} (when left out) or {@code table}
 * @param offset s of the cosine schedule, 0.008 when left out
 * @param start of the sigmoid schedule, -3 when left out
 * @param end of the sigmoid schedule, 3 when left out
 * @param tau of the sigmoid schedule, 1 when left out
 * @param rates the table of vp and sub-vp: beta at evenly spaced times from 0 to 1
 * @param sigmas the table of ve: deviations at evenly spaced times from 0 to 1
 */
public record ProcessConfig(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax, String schedule, Double offset,
        Double start, Double end, Double tau, List<Double> rates, List<Double> sigmas) {
    private static final CosineBeta COSINE = new CosineBeta();
    private static final SigmoidBeta SIGMOID = new SigmoidBeta();

    public static ProcessConfig defaults() {
        return new ProcessConfig("vp", 0.1, 20, 0.01, 50);
    }

    /** With the usual schedule of its kind. */
    public ProcessConfig(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax) {
        this(kind, betaMin, betaMax, sigmaMin, sigmaMax, null, null, null, null, null, null, null);
    }

    /** @throws InputException naming the keys and what is wrong with the process that they make */
    public ProcessConfig(String kind, double betaMin, double betaMax, double sigmaMin, double sigmaMax, String schedule, Double offset,
            Double start, Double end, Double tau, List<Double> rates, List<Double> sigmas) {
        this.kind = kind;
        this.betaMin = betaMin;
        this.betaMax = betaMax;
        this.sigmaMin = sigmaMin;
        this.sigmaMax = sigmaMax;
        this.schedule = schedule;
        this.offset = offset;
        this.start = start;
        this.end = end;
        this.tau = tau;
        this.rates = rates;
        this.sigmas = sigmas;
        build();
    }

    public Sde build() {
        if (!List.of("vp", "sub-vp", "ve").contains(kind)) {
            throw new InputException("kind '" + kind + "' is unknown; use vp, sub-vp or ve");
        }
        List<String> keys = keys();
        refuseUnused(keys);
        try {
            Sde sde = switch (kind) {
                case "vp" -> new VpSde(rate());
                case "sub-vp" -> new SubVpSde(rate());
                default -> new VeSde(level());
            };
            SdeInvariants.check(sde);
            return sde;
        } catch (InputException e) {
            throw new InputException(String.join(", ", keys) + ": " + e.getMessage(), e);
        }
    }

    private String used() {
        return schedule != null ? schedule : kind.equals("ve") ? "geometric" : "linear";
    }

    /** The keys that the schedule in use reads. */
    private List<String> keys() {
        String used = used();
        if (kind.equals("ve")) {
            return switch (used) {
                case "geometric" -> List.of("sigma-min", "sigma-max");
                case "table" -> List.of("sigmas");
                default -> throw new InputException("schedule '" + used + "' is unknown for kind ve; use geometric or table");
            };
        }
        return switch (used) {
            case "linear", "exponential" -> List.of("beta-min", "beta-max");
            case "cosine" -> List.of("offset");
            case "sigmoid" -> List.of("start", "end", "tau");
            case "table" -> List.of("rates");
            default -> throw new InputException("schedule '" + used + "' is unknown for kind " + kind + "; use "
                    + BetaSchedules.all().stream().map(BetaSchedule::name).collect(Collectors.joining(", ")) + " or table");
        };
    }

    private void refuseUnused(List<String> keys) {
        List<String> names = List.of("offset", "start", "end", "tau", "rates", "sigmas");
        Object[] values = {offset, start, end, tau, rates, sigmas};
        for (int i = 0; i < values.length; i++) {
            if (values[i] != null && !keys.contains(names.get(i))) {
                throw new InputException(names.get(i) + ": kind " + kind + " with schedule " + used() + " does not read it; leave it out, or choose another schedule");
            }
        }
    }

    private BetaSchedule rate() {
        return switch (used()) {
            case "cosine" -> new CosineBeta(or(offset, COSINE.offset()));
            case "sigmoid" -> new SigmoidBeta(or(start, SIGMOID.start()), or(end, SIGMOID.end()), or(tau, SIGMOID.tau()));
            case "exponential" -> new ExponentialBeta(betaMin, betaMax);
            case "table" -> new TableBeta(or(rates, List.of()));
            default -> new LinearBeta(betaMin, betaMax);
        };
    }

    private SigmaSchedule level() {
        return used().equals("table") ? new TableSigma(or(sigmas, List.of())) : new GeometricSigma(sigmaMin, sigmaMax);
    }

    private static <T> T or(T value, T usual) {
        return value == null ? usual : value;
    }
}
