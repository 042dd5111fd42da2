package dev.langevin.model.nn;

/** What defines a network: a table of the configuration file. */
public interface NetworkConfig {
    /** Shape of one example that the network takes: (H, W, C) for images, (2) for points. */
    int[] exampleShape();
}
