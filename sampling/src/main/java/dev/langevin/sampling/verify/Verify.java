package dev.langevin.sampling.verify;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.Sdes;
import dev.langevin.sampling.NoCorrector;
import dev.langevin.sampling.PredictorCorrector;
import dev.langevin.sampling.SampleOptions;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Measures samplers against exact scores, where the right answer is known: every sampler on every SDE and fixture. */
public final class Verify {

    /** The largest relative error of a moment that passes. */
    public static final double MOMENT_TOLERANCE = 0.03;

    /** How far a measured order of convergence may lie from the nominal one. */
    public static final double ORDER_TOLERANCE = 0.2;

    private static final List<String> STANDARD = List.of("em", "reverse-diffusion", "ode-euler", "ode-heun", "pc");
    private static final int SIDE = 32;
    private static final int IMAGES = 64;
    private static final int ORDER_STEPS = 160;
    private static final long SEED = 1;

    private Verify() {
    }

    /**
     * One line of the table.
     *
     * @param solver name of the sampler, with "on" and a schedule where that is not the sampler's own
     * @param sde name of the SDE
     * @param fixture what it was measured on: {@code F-GAUSS}, {@code F-GAUSS-2D} and {@code F-GMM} for moments,
     *     {@code F-FLOW} for the order of convergence
     * @param error largest relative error of a moment, or distance of the order from the nominal one
     * @param tolerance the largest error that passes
     * @param passed whether it does; never for NaN
     */
    public record Row(String solver, String sde, String fixture, double error, double tolerance, boolean passed) {
        Row(String solver, String sde, String fixture, double error, double tolerance) {
            this(solver, sde, fixture, error, tolerance, error <= tolerance);
        }
    }

    /** Euler-Maruyama, reverse diffusion, both ODE solvers and predictor-corrector: about a minute on two cores. */
    public static List<Row> standard(Backend backend, Consumer<Row> listener) {
        return run(backend, STANDARD, listener);
    }

    /** Every sampler, all pairs of a predictor and a corrector among them, and every solver of the ODE on every schedule. */
    public static List<Row> all(Backend backend, Consumer<Row> listener) {
        List<Sampler> samplers = Samplers.all(SamplerSettings.usual());
        List<Row> rows = run(backend, samplers.stream().map(Sampler::name).toList(), listener);
        for (Sampler sampler : samplers) {
            if (sampler.order() > 0) {
                for (Schedule schedule : Schedules.all()) {
                    for (Sde sde : Sdes.all()) {
                        for (Fixture fixture : ScheduleMoments.fixtures()) {
                            add(rows, listener, new Row(sampler.name() + " on " + schedule.name(), sde.name(), fixture.name(),
                                    ScheduleMoments.error(backend, sampler, schedule, sde, fixture), MOMENT_TOLERANCE));
                        }
                    }
                }
            }
        }
        return rows;
    }

    /**
     * Moments of each sampler on {@code backend}, then the orders of the ODE solvers in double precision.
     *
     * @param samplers names that {@link Samplers} knows
     * @param listener is told of each row as soon as it is measured
     */
    public static List<Row> run(Backend backend, List<String> samplers, Consumer<Row> listener) {
        List<Row> rows = new ArrayList<>();
        for (String name : samplers) {
            Sampler sampler = Samplers.named(name);
            for (Sde sde : Sdes.all()) {
                for (Fixture fixture : Fixture.all()) {
                    add(rows, listener, new Row(name, sde.name(), fixture.name(), error(backend, sampler, sde, fixture, IMAGES),
                            MOMENT_TOLERANCE));
                }
                if (sampler.order() > 0) {
                    double order = ConvergenceOrder.measure(sampler, sde, ORDER_STEPS);
                    add(rows, listener, new Row(name, sde.name(), "F-FLOW", Math.abs(order - sampler.order()),
                            ORDER_TOLERANCE));
                }
            }
        }
        return rows;
    }

    /**
     * The largest relative error of the moments that a sampler leads to.
     *
     * @param images how many images of 1024 draws each to sample
     */
    public static double error(Backend backend, Sampler sampler, Sde sde, Fixture fixture, int images) {
        Shape shape = fixture.shape(images, SIDE);
        try (Scope scope = Scope.open(backend)) {
            SampleOptions options = SampleOptions.of(steps(sampler), SEED);
            return fixture.error(sampler.sample(fixture.score(sde), sde, shape, options).toArray());
        }
    }

    /**
     * 1000 steps for Euler's method on the ODE, whose errors stay; 600 for a method of order 1 on the SDE, which forgets them, and 400
     * with a corrector that mends them. Those of higher order need far fewer, and so do those whose steps are even in the noise level. Langevin
     * steps alone need more: they lag behind a density that moves (with 1000 steps on VP the mixture's moments are still 3.5 % off).
     */
    private static int steps(Sampler sampler) {
        if (sampler.name().startsWith("none+") || sampler.name().equals("annealed-langevin")) {
            return 2000;
        }
        if (sampler.schedule() != Schedules.UNIFORM) {
            return sampler.weakOrder() >= 2 ? 100 : 300;
        }
        if (sampler.weakOrder() >= 2) {
            return 200;
        }
        boolean corrected = sampler instanceof PredictorCorrector pair && !(pair.corrector() instanceof NoCorrector);
        return sampler.order() == 1 ? 1000 : corrected ? 400 : 600;
    }

    private static void add(List<Row> rows, Consumer<Row> listener, Row row) {
        rows.add(row);
        listener.accept(row);
    }
}
