package dev.langevin.sampling.adaptive;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import java.util.ArrayDeque;
import java.util.Deque;

/** Where one image of an adaptive solver stands, what is left of its Brownian path up to the next meeting, and how long a step it proposes. */
final class AdaptiveTrack {
    private static final double SAFETY = 0.9;
    private static final double EXPONENT = 2 / 3.0;
    /** A step is shorter than its aim by less than this share, so that it is the sum of few intervals. */
    private static final double GRAIN = 0.125;

    private final long seed;
    private final int image;
    private final Shape shape;
    private final double from;
    private final double to;
    /** What is left of this leg, the nearest first. */
    private final Deque<BrownianInterval> ahead = new ArrayDeque<>();
    /** What the step that is being tried is made of, the farthest first. */
    private final Deque<BrownianInterval> tried = new ArrayDeque<>();
    /** Share of the whole time. The first try is a 128th, as near as a power of 2 comes to the paper's 0.01. */
    private double proposal = 0x1p-7;
    private double done;
    private double legEnd;

    /** @param shape of the image, (1, ...) */
    AdaptiveTrack(long seed, int image, Shape shape, double from, double to) {
        this.seed = seed;
        this.image = image;
        this.shape = shape;
        this.from = from;
        this.to = to;
    }

    /** Looks at the {@code leg}-th of the path's longest intervals. */
    void enter(int leg) {
        ahead.push(BrownianInterval.trunk(seed, image, shape, leg));
        legEnd = ahead.peek().end();
    }

    /** Whether nothing is left of this leg. */
    boolean arrived() {
        return ahead.isEmpty() && tried.isEmpty();
    }

    /** Where the image is. */
    double time() {
        return at(done);
    }

    /**
     * The time that the next try leads to: {@link #time} when it has arrived.
     *
     * @param increments at {@code offset}, where there are zeros, is given the path's increment over the try
     */
    double propose(double[] increments, int offset) {
        if (arrived()) {
            return time();
        }
        double left = legEnd - done;
        double aim = left <= proposal ? left : Math.min(proposal, 0.5 * left); // never a short rest
        double ends = done;
        while (!ahead.isEmpty()) {
            BrownianInterval next = ahead.peek();
            if (next.end() - done <= aim || tried.isEmpty() && !next.divisible()) {
                tried.push(ahead.pop());
                add(increments, offset, next.increment());
                ends = next.end();
            } else if (next.length() > GRAIN * aim && next.divisible()) {
                BrownianInterval[] halves = ahead.pop().halves();
                ahead.push(halves[1]);
                ahead.push(halves[0]);
            } else {
                break;
            }
        }
        return at(ends);
    }

    private void add(double[] increments, int offset, double[] w) {
        double scale = Math.sqrt(from - to);
        for (int j = 0; j < w.length; j++) {
            increments[offset + j] += scale * w[j];
        }
    }

    /**
     * Takes or rejects the step that was proposed, and chooses the length of the next. Nothing when it has arrived.
     *
     * @param error E, the local error in units of what is tolerated
     * @return whether it is taken
     * @throws LangevinException when the shortest step there is fails
     */
    boolean judge(double error) {
        if (arrived()) {
            return false;
        }
        double length = tried.peek().end() - done;
        double wanted = SAFETY * Math.pow(error, -EXPONENT) * length;
        if (error <= 1) {
            done = tried.peek().end();
            tried.clear();
            proposal = wanted;
            return true;
        }
        if (tried.size() == 1 && !tried.peek().divisible()) {
            throw new LangevinException("adaptive SDE solver: at time " + time() + " image " + image + " has a local error of " + error
                    + " tolerances in the shortest step there is; is the score finite there?");
        }
        while (!tried.isEmpty()) {
            ahead.push(tried.pop());
        }
        // A score that is not finite has no error to go by.
        proposal = Double.isFinite(error) ? Math.max(wanted, length / 16) : 0.5 * length;
        return false;
    }

    private double at(double share) {
        return (1 - share) * from + share * to;
    }
}
