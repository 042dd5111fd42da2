package dev.langevin.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Reverse-mode differentiation of what was recorded. Gradients are made of the same ops as everything else, and are
 * recorded themselves when {@code createGraph} is set, so derivatives of any order are had by asking again.
 */
public final class Autograd {
    private Autograd() {
    }

    /** Runs {@code body} without recording: what it makes has no gradient. */
    public static <T> T noGrad(Supplier<T> body) {
        return withRecording(false, body);
    }

    /** Runs {@code body} with recording switched on or off, and sets it back afterwards. */
    public static <T> T withRecording(boolean recording, Supplier<T> body) {
        ThreadState state = ThreadState.get();
        boolean before = state.recording;
        state.recording = recording;
        try {
            return body.get();
        } finally {
            state.recording = before;
        }
    }

    /** Whether ops on this thread are being recorded. */
    public static boolean isRecording() {
        return ThreadState.get().recording;
    }

    /** Gradients of a scalar; see {@link #gradients(Tensor, Tensor, boolean, Tensor...)}. */
    public static Tensor[] gradients(Tensor y, boolean createGraph, Tensor... wrt) {
        return walk(y, one(y), createGraph, false, wrt);
    }

    /**
     * Gradients of a scalar for the last time: as {@link #gradients(Tensor, boolean, Tensor...)} without a graph, and every
     * tensor that was recorded on the way from {@code wrt} to y, y included, is freed as soon as its part is done, so that
     * its memory serves the gradients. Using one afterwards is an error that names its origin.
     */
    public static Tensor[] backward(Tensor y, Tensor... wrt) {
        return walk(y, one(y), false, true, wrt);
    }

    private static Tensor one(Tensor y) {
        if (y.size() != 1) {
            throw new ShapeException("gradients", "a scalar (give an upstream gradient for anything else)", y.shape());
        }
        return Tensor.full(y.shape(), 1);
    }

    /**
     * The vector-Jacobian products sum_i dy_i dy_i/dx for every x in {@code wrt}.
     *
     * @param y what is differentiated
     * @param dy upstream gradient, of y's shape
     * @param createGraph whether the gradients can be differentiated again; without it what backward needed on the
     *     way is freed at once
     * @param wrt leaves or intermediate tensors that y was computed from
     * @return one gradient for each of {@code wrt}, of its shape; zeros where y does not depend on it
     * @throws LangevinException when y was not recorded
     */
    public static Tensor[] gradients(Tensor y, Tensor dy, boolean createGraph, Tensor... wrt) {
        return walk(y, dy, createGraph, false, wrt);
    }

    private static Tensor[] walk(Tensor y, Tensor dy, boolean createGraph, boolean consume, Tensor... wrt) {
        y.storage(); // or an error: it was freed
        if (!y.requiresGrad()) {
            throw new LangevinException("gradients: " + y + " does not depend on a tensor that requires a gradient");
        }
        if (!dy.shape().equals(y.shape())) {
            throw new ShapeException("gradients", "an upstream gradient of shape " + y.shape(), dy.shape());
        }
        ThreadState state = ThreadState.get();
        boolean before = state.recording;
        // A rule may ask for gradients itself: that call then has a walk of its own.
        Walk walk = state.walk != null ? state.walk : new Walk();
        state.walk = null;
        state.recording = createGraph;
        try {
            return walk.run(state, createGraph, consume, y, dy, wrt);
        } finally {
            state.recording = before;
            walk.clear();
            state.walk = walk;
        }
    }

    /** One walk through the graph at a time; kept for the next, so that it makes no garbage. */
    static final class Walk {
        private final Set<Tensor> targets = Collections.newSetFromMap(new IdentityHashMap<>());
        /** Recorded ops that y was computed with, latest first. */
        private final List<Node> nodes = new ArrayList<>();
        private final PriorityQueue<Node> open = new PriorityQueue<>(Comparator.comparingLong(Node::sequence).reversed());
        /** Those of the nodes on a path from a target to y. */
        private final Set<Node> useful = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Map<Tensor, Tensor> gradients = new IdentityHashMap<>();
        private final Map<Tensor, Integer> holders = new IdentityHashMap<>();
        private final GradientContext context = new GradientContext(this);
        private ThreadState state;
        private boolean createGraph;
        private boolean consume;
        private long start;

        Tensor[] run(ThreadState state, boolean createGraph, boolean consume, Tensor y, Tensor dy, Tensor[] wrt) {
            this.state = state;
            this.createGraph = createGraph;
            this.consume = consume;
            this.start = state.sequence;
            Collections.addAll(targets, wrt);
            gradients.put(y, dy);
            hold(dy);
            findUseful(y);
            for (Node node : nodes) {
                if (useful.contains(node)) {
                    step(node);
                }
            }
            Tensor[] result = new Tensor[wrt.length];
            for (int i = 0; i < wrt.length; i++) {
                Tensor g = gradients.get(wrt[i]);
                result[i] = g != null ? g : Tensor.zeros(wrt[i].shape());
            }
            return result;
        }

        void clear() {
            targets.clear();
            nodes.clear();
            open.clear();
            useful.clear();
            gradients.clear();
            holders.clear();
        }

        /** The gradient that was gathered so far to a tensor, or null. */
        Tensor gradient(Tensor output) {
            return gradients.get(output);
        }

        /** Whether a tensor is a target, or lies between one and y. */
        boolean wants(Tensor input) {
            return targets.contains(input) || input.node != null && useful.contains(input.node);
        }

        private void findUseful(Tensor y) {
            open.add(y.node);
            while (!open.isEmpty()) {
                Node node = open.poll();
                // What uses a node's outputs is later, so it was met before: all that ask for one node stand together here.
                if (nodes.isEmpty() || nodes.getLast() != node) {
                    nodes.add(node);
                    for (Tensor t : node.in) {
                        if (t.node == Node.FREED) {
                            t.storage(); // throws
                        } else if (t.node != null && t.node != Node.LEAF) {
                            open.add(t.node);
                        }
                    }
                }
            }
            for (int i = nodes.size() - 1; i >= 0; i--) {
                for (Tensor t : nodes.get(i).in) {
                    if (wants(t)) {
                        useful.add(nodes.get(i));
                    }
                }
            }
        }

        private void step(Node node) {
            boolean any = false;
            for (Tensor out : node.out) {
                any |= out != null && gradients.containsKey(out);
            }
            if (!any) {
                return;
            }
            Tensor[] din = rule(node);
            for (int i = 0; i < din.length; i++) {
                if (din[i] != null && wants(node.in[i])) {
                    if (!din[i].shape().equals(node.in[i].shape())) {
                        throw new ShapeException(node.op.name() + ", gradient rule", "the gradient to input " + i
                                + " to have that input's shape", node.in[i].shape(), din[i].shape());
                    }
                    accumulate(node.in[i], din[i]);
                }
            }
            for (Tensor out : node.out) {
                if (out != null && !targets.contains(out)) {
                    Tensor gradient = gradients.remove(out);
                    if (gradient != null) {
                        drop(gradient);
                    }
                    // All that used it came before; but a rule may have given its very value as a gradient.
                    if (consume && !holders.containsKey(out)) {
                        out.free();
                    }
                }
            }
        }

        /** The gradients by the op's rule; without a graph, what the rule made on the way is freed at once. */
        private Tensor[] rule(Node node) {
            int mark = state.ownedCount;
            Tensor[] din = node.op.gradients(context.of(node));
            context.of(null);
            if (!createGraph) {
                state.free(mark, state.scope, din);
            }
            return din;
        }

        private void accumulate(Tensor input, Tensor gradient) {
            hold(gradient);
            Tensor before = gradients.get(input);
            if (before == null) {
                gradients.put(input, gradient);
                return;
            }
            Tensor sum = before.add(gradient);
            hold(sum);
            gradients.put(input, sum);
            drop(before);
            drop(gradient);
        }

        private void hold(Tensor gradient) {
            holders.merge(gradient, 1, Integer::sum);
        }

        /** Frees a gradient that nobody holds any longer, if this walk made it. */
        private void drop(Tensor gradient) {
            if (holders.merge(gradient, -1, Integer::sum) == 0) {
                holders.remove(gradient);
                if (!createGraph && gradient.sequence >= start) {
                    gradient.free();
                }
            }
        }
    }
}
