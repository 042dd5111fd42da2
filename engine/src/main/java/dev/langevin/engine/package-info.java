/**
 * Tensors, scopes, automatic differentiation. What is computed stands in {@code op} and {@code update}, one record a
 * file; how, in the backends {@code reference} (the executable specification) and {@code cpu}. Nothing here knows of
 * diffusion.
 *
 * <p>To add an op, write a record in {@code op}: a {@link dev.langevin.engine.op.Fused} op needs a shape rule and its
 * twin, and runs everywhere. To give it a kernel, add one entry to the backend's table.
 */
package dev.langevin.engine;
