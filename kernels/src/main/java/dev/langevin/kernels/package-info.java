/**
 * The hand-written CUDA kernels, their loader, and the emulator that runs them without a GPU. The module is the lowest
 * of the house; it is empty until the CUDA backend comes.
 */
package dev.langevin.kernels;
