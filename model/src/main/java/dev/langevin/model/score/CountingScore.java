package dev.langevin.model.score;

import dev.langevin.engine.Tensor;

/** A score function that counts its calls: the number of function evaluations (NFE) of whatever solver is given it. */
public final class CountingScore implements ScoreFunction {
    private final ScoreFunction score;
    private long evaluations;
    private long images;

    public CountingScore(ScoreFunction score) {
        this.score = score;
    }

    @Override
    public Tensor score(Tensor x, double t) {
        count(x);
        return score.score(x, t);
    }

    @Override
    public Tensor score(Tensor x, double[] t) {
        count(x);
        return score.score(x, t);
    }

    /** Counts into the figures of this one. */
    @Override
    public ScoreFunction forImages(int... rows) {
        return new Part(score.forImages(rows));
    }

    private final class Part implements ScoreFunction {
        private final ScoreFunction part;

        Part(ScoreFunction part) {
            this.part = part;
        }

        @Override
        public Tensor score(Tensor x, double t) {
            count(x);
            return part.score(x, t);
        }

        @Override
        public Tensor score(Tensor x, double[] t) {
            count(x);
            return part.score(x, t);
        }

        @Override
        public ScoreFunction forImages(int... rows) {
            return new Part(part.forImages(rows));
        }
    }

    private void count(Tensor x) {
        evaluations++;
        images += x.dim(0);
    }

    /** Calls so far; one call may hold any number of images. */
    public long evaluations() {
        return evaluations;
    }

    /** Images in all calls so far: over their number, the evaluations of one image. */
    public long images() {
        return images;
    }
}
