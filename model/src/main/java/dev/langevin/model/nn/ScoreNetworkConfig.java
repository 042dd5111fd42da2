package dev.langevin.model.nn;

/** What defines a {@link ScoreNetwork}. */
public interface ScoreNetworkConfig extends NetworkConfig {
    /** The network over {@code parameters}, in the current scope, making the weights that are not there. */
    ScoreNetwork build(Parameters parameters);
}
