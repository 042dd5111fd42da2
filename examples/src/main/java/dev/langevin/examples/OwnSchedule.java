package dev.langevin.examples;

import dev.langevin.engine.InputException;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.model.sde.BetaSchedule;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SdeInvariants;
import dev.langevin.model.sde.VpSde;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.verify.Fixture;
import dev.langevin.sampling.verify.Verify;
import java.util.List;

/**
 * A noise schedule of one's own, and what keeps a wrong one out.
 *
 * <p>One learns: what a {@link BetaSchedule} must say; the laws that tie a process's functions together, and how a broken one is
 * named before hours of training rest on it; that every solver works with the new schedule, which the exact scores of known densities show.
 *
 * <p>Time: 5 seconds. Prerequisites: Song et al. 2021, section 3 and appendix B.
 */
public final class OwnSchedule {
    private static final double MIN = 0.1;

    private OwnSchedule() {
    }

    /**
     * beta(t) = 0.1 + (max - 0.1) t^2: gentler than the linear schedule while there is little noise.
     *
     * @param max beta(1)
     * @param third what t^3 is multiplied by in the integral: 1/3, whoever integrates rightly
     */
    record Quadratic(double max, double third) implements BetaSchedule {
        @Override
        public String name() {
            return "quadratic";
        }

        @Override
        public double at(double t) {
            return MIN + (max - MIN) * t * t;
        }

        @Override
        public double integral(double t) {
            return MIN * t + third * (max - MIN) * t * t * t;
        }
    }

    private static String refusal(Sde sde) {
        try {
            SdeInvariants.check(sde);
            return "accepted";
        } catch (InputException e) {
            return e.getMessage();
        }
    }

    public static void main(String[] args) {
        Sde sde = new VpSde(new Quadratic(25, 1.0 / 3));
        Sde wrongIntegral = new VpSde(new Quadratic(25, 1.0 / 2));
        Sde tooLittleNoise = new VpSde(new Quadratic(5, 1.0 / 3));

        System.out.println("beta to 25                " + refusal(sde));
        System.out.println("a wrong integral          " + refusal(wrongIntegral));
        System.out.println("beta to 5                 " + refusal(tooLittleNoise));

        // The process as the schedule makes it, beside the usual one.
        System.out.println("   t   a, linear   a, quadratic   s, linear   s, quadratic");
        Sde linear = new VpSde();
        for (double t = 0.25; t <= 1; t += 0.25) {
            System.out.printf("%.2f   %9.4f   %12.4f   %9.4f   %12.4f%n", t, linear.meanCoefficient(t), sde.meanCoefficient(t), linear.std(t), sde.std(t));
        }

        // Samples with exact scores: the solvers know nothing of the schedule but its process.
        System.out.println("solver          density      worst moment off by");
        double worst = 0;
        try (CpuBackend backend = new CpuBackend()) {
            for (String solver : List.of("em", "dpmpp-2m")) {
                for (Fixture fixture : Fixture.all()) {
                    double error = Verify.error(backend, Samplers.named(solver), sde, fixture, 32);
                    System.out.printf("%-13s   %-10s   %.2f %%%n", solver, fixture.name(), 100 * error);
                    worst = Math.max(worst, error);
                }
            }
        }

        Check.that("the schedule is accepted", refusal(sde).equals("accepted"));
        Check.that("a wrong integral is refused by \"(ln a)' = f\"", refusal(wrongIntegral).contains("\"(ln a)' = f\""));
        Check.that("too little noise is refused by \"noise has replaced the data at T\"", refusal(tooLittleNoise).contains("\"noise has replaced the data at T"));
        Check.atMost("|ln a(1) + 4.2|", Math.abs(sde.logMeanCoefficient(1) + 4.2), 1e-12);
        Check.atMost("relative error of a moment", worst, Verify.MOMENT_TOLERANCE);
    }
}
