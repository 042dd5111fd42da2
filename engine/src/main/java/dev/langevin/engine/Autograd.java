package dev.langevin.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
        if (y.size() != 1) {
            throw new ShapeException("gradients", "a scalar (give an upstream gradient for anything else)", y.shape());
        }
        return gradients(y, Tensor.full(y.shape(), 1), createGraph, wrt);
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
        if (!y.requiresGrad()) {
            throw new LangevinException("gradients: " + y + " does not depend on a tensor that requires a gradient");
        }
        if (!dy.shape().equals(y.shape())) {
            throw new ShapeException("gradients", "an upstream gradient of shape " + y.shape(), dy.shape());
        }
        return withRecording(createGraph, () -> new Backward(createGraph, wrt).run(y, dy));
    }

    /** One walk through the graph. */
    private static final class Backward {
        private final boolean createGraph;
        private final Tensor[] wrt;
        private final Set<Tensor> targets = Collections.newSetFromMap(new IdentityHashMap<>());
        /** Targets, and what lies between them and y. */
        private final Set<Tensor> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Map<Tensor, Tensor> gradients = new IdentityHashMap<>();
        private final Map<Tensor, Integer> holders = new IdentityHashMap<>();
        private final long start = ThreadState.get().sequence;

        Backward(boolean createGraph, Tensor[] wrt) {
            this.createGraph = createGraph;
            this.wrt = wrt;
            targets.addAll(List.of(wrt));
        }

        Tensor[] run(Tensor y, Tensor dy) {
            gradients.put(y, dy);
            hold(dy);
            for (Node node : usefulNodes(y)) {
                step(node);
            }
            Tensor[] result = new Tensor[wrt.length];
            for (int i = 0; i < wrt.length; i++) {
                Tensor g = gradients.get(wrt[i]);
                result[i] = g != null ? g : Tensor.zeros(wrt[i].shape());
            }
            return result;
        }

        /** The recorded ops on a path from a target to y, latest first. */
        private List<Node> usefulNodes(Tensor y) {
            List<Node> reachable = new ArrayList<>();
            Set<Node> seen = new HashSet<>();
            ArrayDeque<Node> open = new ArrayDeque<>();
            if (y.node != null) {
                open.push(y.node);
                seen.add(y.node);
            }
            while (!open.isEmpty()) {
                Node node = open.pop();
                reachable.add(node);
                for (Tensor t : node.in) {
                    if (t.node != null && seen.add(t.node)) {
                        open.push(t.node);
                    }
                }
            }
            reachable.sort(Comparator.comparingLong(n -> n.sequence));
            Set<Node> useful = new HashSet<>();
            List<Node> order = new ArrayList<>();
            for (Node node : reachable) {
                for (Tensor t : node.in) {
                    if (targets.contains(t) || t.node != null && useful.contains(t.node)) {
                        wanted.add(t);
                        if (useful.add(node)) {
                            order.add(node);
                        }
                    }
                }
            }
            return order.reversed();
        }

        private void step(Node node) {
            Tensor[] dout = new Tensor[node.out.length];
            boolean any = false;
            for (int i = 0; i < dout.length; i++) {
                dout[i] = node.out[i] == null ? null : gradients.get(node.out[i]);
                any |= dout[i] != null;
            }
            if (!any) {
                return;
            }
            boolean[] needs = new boolean[node.in.length];
            for (int i = 0; i < needs.length; i++) {
                needs[i] = wanted.contains(node.in[i]);
            }
            Tensor[] din = rule(node, dout, needs);
            for (int i = 0; i < din.length; i++) {
                if (needs[i] && din[i] != null) {
                    if (!din[i].shape().equals(node.in[i].shape())) {
                        throw new ShapeException(node.op.name() + ", gradient rule", "the gradient to input " + i
                                + " to have that input's shape", node.in[i].shape(), din[i].shape());
                    }
                    accumulate(node.in[i], din[i]);
                }
            }
            for (int i = 0; i < dout.length; i++) {
                if (dout[i] != null && !targets.contains(node.out[i])) {
                    gradients.remove(node.out[i]);
                    drop(dout[i]);
                }
            }
        }

        private Tensor[] rule(Node node, Tensor[] dout, boolean[] needs) {
            GradientContext context = new GradientContext(node.op, node.in, node.out, dout, needs);
            if (createGraph) {
                return node.op.gradients(context);
            }
            try (Scope scope = Scope.open()) {
                Tensor[] din = node.op.gradients(context);
                for (Tensor g : din) {
                    if (g != null) {
                        scope.keep(g);
                    }
                }
                return din;
            }
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
