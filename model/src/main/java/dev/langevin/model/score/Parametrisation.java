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

    /** Factor on the network's input: 1 / sqrt(a^2 + s^2) keeps data of unit variance at unit variance. */
    default double in(double a, double s) {
        return 1 / Math.sqrt(a * a + s * s);
    }

    /** Share of x in s times the score. */
    double skip(double a, double s);

    /** Share of the output in s times the score. */
    double out(double a, double s);

    /** F is the score itself. */
    Parametrisation SCORE = of("score", (a, s) -> 0, (a, s) -> s);

    /** F is the noise z (Ho et al. 2020): score = -F / s. */
    Parametrisation NOISE = of("noise", (a, s) -> 0, (a, s) -> -1);

    List<Parametrisation> ALL = List.of(SCORE, NOISE);

    /** @throws InputException when there is none of this name; the message lists those there are */
    static Parametrisation named(String name) {
        return ALL.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow(() -> new InputException(
                "unknown parametrisation '" + name + "': choose one of "
                        + ALL.stream().map(Parametrisation::name).collect(Collectors.joining(", "))));
    }

    /** A scalar function of a and s. */
    @FunctionalInterface
    interface Coefficient {
        double at(double a, double s);
    }

    private static Parametrisation of(String name, Coefficient skip, Coefficient out) {
        return new Parametrisation() {
            @Override
            public String name() {
                return name;
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
