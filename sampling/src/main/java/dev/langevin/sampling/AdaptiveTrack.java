package dev.langevin.sampling;

import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Shape;
import java.util.ArrayDeque;
import java.util.Deque;

/** Where one image of an adaptive solver stands, what is left of its Brownian path up to the next meeting, and how long a step it proposes. */
final class AdaptiveTrack {
    private static final double SAFETY = 0.9;
    private static final double EXPONENT = 0.9;

    private final long seed;
    private final int image;
    private final Shape shape;
    private final double from;
    private final double to;
    /** Of what is ahead, the nearest first. */
    private final Deque<BrownianInterval> ahead = new ArrayDeque<>();
    /** Share of the whole time. The first try is a 128th, as near as a power of 2 comes to the paper's 0.01. */
    private double proposal = 0x1p-7;
    private double done;

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
    }

    /** Whether nothing is left of this leg. */
    boolean arrived() {
        return ahead.isEmpty();
    }

    /** Where the image is. */
    double time() {
        return at(done);
    }

    /**
     * The time that the next try leads to: {@link #time} when it has arrived.
     *
     * @param increments at {@code offset}, is given the path's increment over the try; left as it is when it has arrived
     */
    double propose(double[] increments, int offset) {
        if (arrived()) {
            return time();
        }
        while (ahead.peek().length() > proposal && ahead.peek().divisible()) {
            BrownianInterval[] halves = ahead.pop().halves();
            ahead.push(halves[1]);
            ahead.push(halves[0]);
        }
        double[] w = ahead.peek().increment();
        double scale = Math.sqrt(from - to);
        for (int j = 0; j < w.length; j++) {
            increments[offset + j] = scale * w[j];
        }
        return at(ahead.peek().end());
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
        BrownianInterval step = ahead.peek();
        double wanted = SAFETY * Math.pow(error, -EXPONENT) * step.length();
        if (error <= 1) {
            ahead.pop();
            done = step.end();
            proposal = wanted;
            return true;
        }
        if (!step.divisible()) {
            throw new LangevinException("adaptive SDE solver: at time " + time() + " image " + image + " has a local error of " + error
                    + " tolerances in the shortest step there is; is the score finite there?");
        }
        // A score that is not finite has no error to go by: half the step.
        proposal = Math.min(0.5 * step.length(), Double.isFinite(error) ? Math.max(wanted, step.length() / 16) : Double.POSITIVE_INFINITY);
        return false;
    }

    private double at(double share) {
        return (1 - share) * from + share * to;
    }
}
