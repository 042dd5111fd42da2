package dev.langevin.engine.random;

/**
 * Names a stream of random numbers. Element e of image i of a tensor drawn with this key is a pure function of
 * (seed, purpose, firstImage + i, step, e): the same bits on every backend, for every batch size and number of threads.
 *
 * @param seed 64-bit seed of the run
 * @param purpose what the numbers are for, so that two uses at the same step differ
 * @param firstImage index of the image that stands first in the tensor
 * @param step number of the training or sampling step
 */
public record RandomKey(long seed, int purpose, int firstImage, int step) {
}
