/**
 * PTX executed in plain Java, for machines without a GPU and for checks that a GPU does not make: bounds, alignment,
 * uninitialised reads, shared-memory races, diverged barriers and shuffles. It says nothing about speed on a device.
 */
package dev.langevin.kernels.emulator;
