package dev.langevin.model.nn;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.Philox;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The named weights of a network, in the order in which its layers ask for them. A network is a pure function of its
 * configuration and its parameters, so the same layers built over another set (the moving averages, say) are another
 * network. Names are PyTorch's; layouts inside are the engine's, and {@link dev.langevin.model.io.TensorFiles} converts.
 */
public final class Parameters {
    /** Philox purpose of initial values. */
    private static final int INITIAL_VALUES = 0x1A17;

    private final Map<String, Tensor> tensors;
    private final String prefix;
    private final Long seed; // null where initial values are zero
    private final boolean open;

    private Parameters(Map<String, Tensor> tensors, String prefix, Long seed, boolean open) {
        this.tensors = tensors;
        this.prefix = prefix;
        this.seed = seed;
        this.open = open;
    }

    /** An empty set; layers that ask for a weight make it, with initial values that depend on the seed and the weight's number. */
    public static Parameters create(long seed) {
        return new Parameters(new LinkedHashMap<>(), "", seed, true);
    }

    /** An empty set whose weights are all zero, made without drawing numbers: for a network of which only the shapes are of interest. */
    public static Parameters zeros() {
        return new Parameters(new LinkedHashMap<>(), "", null, true);
    }

    /** A copy of all values, in the current scope, without gradients: where moving averages start. */
    public Parameters copy() {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        tensors.forEach((name, t) -> copies.put(name, Tensor.of(t.shape(), t.toDoubles())));
        return new Parameters(copies, prefix, seed, false);
    }

    /** The same set, with a name put before every name that is asked for. */
    public Parameters in(String name) {
        return new Parameters(tensors, prefix + name + ".", seed, open);
    }

    /** A weight with values uniform in [-1/sqrt(fanIn), 1/sqrt(fanIn)], PyTorch's default for linear layers and convolutions. */
    public Tensor uniform(String name, Shape shape, double fanIn) {
        return get(name, shape, 1 / Math.sqrt(fanIn), 0);
    }

    /** A weight whose values are all {@code value} at first. */
    public Tensor constant(String name, Shape shape, double value) {
        return get(name, shape, 0, value);
    }

    /** Values that are saved with the weights but not trained. */
    public Tensor buffer(String name, Shape shape, double[] values) {
        return get(name, shape, () -> Tensor.of(shape, values));
    }

    private Tensor get(String name, Shape shape, double bound, double centre) {
        return get(name, shape, () -> {
            if (seed == null) {
                return Tensor.zeros(shape).requireGrad();
            }
            double[] values = new double[shape.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = centre + (bound == 0 ? 0 : bound * (2 * Philox.uniform(seed, INITIAL_VALUES, tensors.size(), 0, i) - 1));
            }
            return Tensor.of(shape, values).requireGrad();
        });
    }

    private Tensor get(String name, Shape shape, Supplier<Tensor> initial) {
        String key = prefix + name;
        Tensor tensor = tensors.get(key);
        if (tensor == null) {
            if (!open) {
                throw new InputException("parameters: no weight is named " + key + "; the file belongs to another network");
            }
            tensor = initial.get();
            tensors.put(key, tensor);
        }
        if (!tensor.shape().equals(shape)) {
            throw new InputException("parameters: " + key + " has shape " + tensor.shape() + ", the network needs " + shape);
        }
        return tensor;
    }

    /** Names and tensors, in order. */
    public Map<String, Tensor> map() {
        return Collections.unmodifiableMap(tensors);
    }

    /** Number of weights. */
    public long count() {
        return tensors.values().stream().mapToLong(Tensor::size).sum();
    }
}
