package dev.langevin.model.sde;

/** The noise level sigma(t) > 0, t in [0, 1], growing, of a {@link VeSde}, in units of the data. */
public interface SigmaSchedule {

    /** The name in configurations. */
    String name();

    /** sigma(t). */
    double at(double t);

    /** (ln sigma)' at t, per unit of time. */
    double logSlope(double t);

    /** ln (sigma(t) / sigma(t - dt)), to full precision however small dt is. */
    double logGrowth(double t, double dt);
}
