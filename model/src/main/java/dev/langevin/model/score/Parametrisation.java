package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a network's output means. With x = a x_0 + s z, every way to predict is linear in x and in the network's
 * output F, so it is three scalar functions of a and s:
 * <pre>s score(x, t) = skip x + out F(in x, t)</pre>
 * The left side is minus the predicted noise; its error against -z is what denoising score matching weighs.
 */
public interface Parametrisation {
    /** Name in configurations. */
    String name();

    /** Factor on the network's input. */
    double in(double a, double s);

    /** Share of x in s times the score. */
    double skip(double a, double s);

    /** Share of the output in s times the score. */
    double out(double a, double s);

    /** 1 / sqrt(a^2 + s^2): data of unit variance keep it on their way into the network. */
    Coefficient UNIT_DATA = (a, s) -> 1 / Math.sqrt(a * a + s * s);

    /** F is the score itself. */
    Parametrisation SCORE = of("score", UNIT_DATA, (a, s) -> 0, (a, s) -> s);

    /** F is the noise z (Ho et al. 2020): score = -F / s. */
    Parametrisation NOISE = of("noise", UNIT_DATA, (a, s) -> 0, (a, s) -> -1);

    /** F is the clean x_0: s score = (a F - x) / s. */
    Parametrisation X0 = of("x0", UNIT_DATA, (a, s) -> -1 / s, (a, s) -> a / s);

    /**
     * F is v = (a z - s x_0) / sqrt(a^2 + s^2), the velocity of (x_0, z) turning into one another (Salimans and Ho 2022, section 4,
     * for a^2 + s^2 = 1; divided by the root it has unit variance, with data of unit variance, under every SDE).
     */
    Parametrisation V = of("v", UNIT_DATA, (a, s) -> -s / (a * a + s * s), (a, s) -> -a / Math.sqrt(a * a + s * s));

    List<Parametrisation> ALL = List.of(SCORE, NOISE, X0, V, edm(0.5));

    /**
     * Karras et al. 2022 (EDM), table 1: with sigma = s / a and y = x / a, the denoiser is c_skip y + c_out F(c_in y),
     * <pre>c_skip = d^2 / (sigma^2 + d^2), c_out = sigma d / sqrt(sigma^2 + d^2), c_in = 1 / sqrt(sigma^2 + d^2),</pre>
     * so that input and target of F have unit variance at every sigma. Written out for the score, no factor divides by s.
     *
     * @param sigmaData d, the standard deviation of the data, above 0
     */
    static Parametrisation edm(double sigmaData) {
        if (!(sigmaData > 0 && Double.isFinite(sigmaData))) {
            throw new InputException("sigma-data " + sigmaData + ": expected a standard deviation above 0");
        }
        Coefficient variance = (a, s) -> a * a * sigmaData * sigmaData + s * s;
        return of("edm", (a, s) -> 1 / Math.sqrt(variance.at(a, s)), (a, s) -> -s / variance.at(a, s),
                (a, s) -> a * sigmaData / Math.sqrt(variance.at(a, s)));
    }

    /**
     * @param sigmaData see {@link #edm}, which alone depends on it
     * @throws InputException when there is none of this name; the message lists those there are
     */
    static Parametrisation named(String name, double sigmaData) {
        return name.equals("edm") ? edm(sigmaData) : ALL.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown parametrisation '" + name + "': choose one of "
                        + ALL.stream().map(Parametrisation::name).collect(Collectors.joining(", "))));
    }

    /** A scalar function of a and s. */
    @FunctionalInterface
    interface Coefficient {
        double at(double a, double s);
    }

    private static Parametrisation of(String name, Coefficient in, Coefficient skip, Coefficient out) {
        return new Parametrisation() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public double in(double a, double s) {
                return in.at(a, s);
            }

            @Override
            public double skip(double a, double s) {
                return skip.at(a, s);
            }

            @Override
            public double out(double a, double s) {
                return out.at(a, s);
            }
        };
    }
}
