package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.LANES;

import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import java.util.Arrays;

/**
 * One image of {@link GroupNormCpu} on one thread: its statistics, and what follows from them for each place of a row.
 * With u = a x + b of each channel (a = 1 and b = 0 but for modulation) and mean m, deviation 1 / r of u in a group,
 * xhat = (u - m) r and z = gamma xhat + beta are linear in x; so are their gradients.
 */
final class GroupNormImage {
    static final ThreadLocal<GroupNormImage> CURRENT = ThreadLocal.withInitial(GroupNormImage::new);
    /** Rows added up in float before they go to double: bounds the rounding of long sums. */
    private static final int FLOAT_ROWS = 32;
    /**
     * Rows whose mean stands for that of all when squares are summed around it. At most hw / PIVOT_ROWS variances lie
     * between the two, so a variance loses at most as many roundings.
     */
    private static final int PIVOT_ROWS = 16;
    /** Floats of the longest vector: a row is a multiple of it, so that no bit depends on the vectors of the machine. */
    private static final int LONGEST = 16;
    /** Elements that a row has at least. */
    private static final int LEAST_ROW = 8 * LONGEST;
    /** Elements of a block (but at least a row), of which three tensors lie in the first-level cache. */
    private static final int BLOCK = 2048;

    /** Elements in a row, a multiple of c and of every vector length. */
    int row;
    /** What the loops are to do: a block of x, dy and out, its rows, and its elements of each row, whole vectors. */
    float[] x;
    float[] dy;
    float[] out;
    int xAt;
    int dyAt;
    int outAt;
    int rows;
    int width;
    /** What belongs to each place of a row: z = (x - centre) scale + shift, and two results or coefficients. */
    float[] centre = new float[0];
    float[] scale = new float[0];
    float[] shift = new float[0];
    float[] first = new float[0];
    float[] second = new float[0];

    private int hw;
    private int c;
    private int groups;
    private int perGroup;
    private double eps;
    /** Whole rows of an image, and what is left. */
    private int fullRows;
    private int rest;
    private float[] restX = new float[0];
    private float[] restDy = new float[0];
    private float[] restOut = new float[0];
    private double[] firstSum = new double[0];
    private double[] secondSum = new double[0];
    /** Elements of the image at each place, their mean, and the sum of squared differences from it. */
    private double[] count = new double[0];
    private double[] mean = new double[0];
    private double[] squares = new double[0];
    /** Of each channel: u = a x + b, z = gamma xhat + beta. */
    private double[] a = new double[0];
    private double[] b = new double[0];
    private double[] gamma = new double[0];
    private double[] beta = new double[0];
    /** Of each group: mean of u, and 1 / sqrt(variance + eps). */
    private double[] groupMean = new double[0];
    private double[] inverse = new double[0];

    private GroupNormImage() {
    }

    /** Sets the sizes of an image (hw, c). */
    void begin(int hw, int c, int groups, float eps) {
        this.eps = eps;
        if (this.hw == hw && this.c == c && this.groups == groups) {
            return;
        }
        this.hw = hw;
        this.c = c;
        this.groups = groups;
        this.perGroup = c / groups;
        row = c / gcd(c, LONGEST) * LONGEST;
        row *= (LEAST_ROW + row - 1) / row;
        fullRows = hw * c / row;
        rest = hw * c % row;
        if (centre.length < row) {
            centre = new float[row];
            scale = new float[row];
            shift = new float[row];
            first = new float[row];
            second = new float[row];
            restX = new float[row];
            restDy = new float[row];
            restOut = new float[row];
            firstSum = new double[row];
            secondSum = new double[row];
            count = new double[row];
            mean = new double[row];
            squares = new double[row];
            a = new double[row];
            b = new double[row];
            gamma = new double[row];
            beta = new double[row];
            groupMean = new double[row];
            inverse = new double[row];
        }
        for (int i = 0; i < row; i++) {
            count[i] = fullRows + (i < rest ? 1 : 0);
        }
    }

    /** Lets go of the arrays. */
    void end() {
        x = null;
        dy = null;
        out = null;
    }

    /** Sets gamma, beta and the modulation e of an image, which begins at {@code at}; no form means none. */
    void modulate(float[] gamma, float[] beta, Form form, float[] e, int at) {
        for (int j = 0; j < c; j++) {
            this.a[j] = 1;
            this.b[j] = 0;
            this.gamma[j] = gamma[j];
            this.beta[j] = beta[j];
        }
        if (form == Form.SHIFT) {
            for (int j = 0; j < c; j++) {
                b[j] = e[at + j];
            }
        } else if (form == Form.FILM) {
            for (int j = 0; j < c; j++) {
                a[j] = 1.0 + e[at + j];
                b[j] = e[at + c + j];
            }
        } else if (form == Form.ADAGN) {
            for (int j = 0; j < c; j++) {
                double factor = 1.0 + e[at + j];
                this.gamma[j] *= factor;
                this.beta[j] = this.beta[j] * factor + e[at + c + j];
            }
        }
    }

    /** Mean and variance of each group, and from them the coefficients of z, of the image of x that begins at {@code at}. */
    void statistics(float[] x, int at) {
        if (fullRows > 0) {
            rows = Math.min(PIVOT_ROWS, fullRows);
            width = row;
            run(x, at, null, 0, null, 0, GroupNormLoop.MEANS);
        } else {
            System.arraycopy(x, at, centre, 0, rest);
        }
        sum(x, null, null, at, 0, GroupNormLoop.MOMENTS);
        int places = places();
        for (int i = 0; i < places; i++) {
            double difference = firstSum[i] / count[i];
            mean[i] = centre[i] + difference;
            squares[i] = secondSum[i] - difference * firstSum[i];
            centre[i] = (float) mean[i];
        }
        double elements = (double) perGroup * hw;
        for (int g = 0; g < groups; g++) {
            int from = g * perGroup;
            int to = from + perGroup;
            double sum = 0;
            for (int p = 0; p < places; p += c) {
                for (int j = from; j < to; j++) {
                    sum += count[p + j] * (a[j] * mean[p + j] + b[j]);
                }
            }
            double m = sum / elements;
            double variance = 0;
            for (int p = 0; p < places; p += c) {
                for (int j = from; j < to; j++) {
                    double d = a[j] * mean[p + j] + b[j] - m;
                    variance += a[j] * a[j] * squares[p + j] + count[p + j] * d * d;
                }
            }
            double r = 1 / Math.sqrt(Math.max(0, variance / elements) + eps);
            groupMean[g] = m;
            inverse[g] = r;
            for (int p = 0; p < places; p += c) {
                for (int j = from; j < to; j++) {
                    double slope = gamma[j] * r;
                    scale[p + j] = (float) (slope * a[j]);
                    shift[p + j] = (float) (slope * (a[j] * centre[p + j] + b[j] - m) + beta[j]);
                }
            }
        }
    }

    /** Places of a row that an image reaches. */
    private int places() {
        return fullRows > 0 ? row : rest;
    }

    /** As {@link #each}, and adds up what the loops put into first and second. */
    void sum(float[] x, float[] dy, float[] out, int at, int outAt, GroupNormLoop... loops) {
        Arrays.fill(firstSum, 0, row, 0);
        Arrays.fill(secondSum, 0, row, 0);
        each(true, x, dy, out, at, outAt, loops);
    }

    /**
     * Runs loops, one after the other on each block, over the image that begins at {@code at} in x and dy; arrays that they
     * do not use may be null.
     */
    void each(float[] x, float[] dy, float[] out, int at, int outAt, GroupNormLoop... loops) {
        each(false, x, dy, out, at, outAt, loops);
    }

    private void each(boolean sums, float[] x, float[] dy, float[] out, int at, int outAt, GroupNormLoop... loops) {
        int chunk = sums ? FLOAT_ROWS : fullRows;
        int step = sums ? Math.clamp(BLOCK / row, 1, FLOAT_ROWS) : fullRows;
        for (int from = 0; from < fullRows; from += chunk) {
            int to = Math.min(fullRows, from + chunk);
            clear(sums);
            for (int r = from; r < to; r += step) {
                rows = Math.min(step, to - r);
                width = row;
                run(x, at + r * row, dy, at + r * row, out, outAt + r * row, loops);
            }
            flush(sums, row);
        }
        if (rest > 0) {
            int done = fullRows * row;
            rows = 1;
            width = (rest + LANES - 1) / LANES * LANES;
            copy(x, at + done, restX);
            copy(dy, at + done, restDy);
            copy(out, outAt + done, restOut);
            clear(sums);
            run(restX, 0, restDy, 0, restOut, 0, loops);
            flush(sums, rest);
            if (out != null) {
                System.arraycopy(restOut, 0, out, outAt + done, rest);
            }
        }
    }

    private void copy(float[] from, int at, float[] to) {
        if (from != null) {
            System.arraycopy(from, at, to, 0, rest);
        }
    }

    private void clear(boolean sums) {
        if (sums) {
            Arrays.fill(first, 0, row, 0f);
            Arrays.fill(second, 0, row, 0f);
        }
    }

    private void flush(boolean sums, int places) {
        for (int i = 0; sums && i < places; i++) {
            firstSum[i] += first[i];
            secondSum[i] += second[i];
        }
    }

    private void run(float[] x, int xAt, float[] dy, int dyAt, float[] out, int outAt, GroupNormLoop... loops) {
        this.x = x;
        this.xAt = xAt;
        this.dy = dy;
        this.dyAt = dyAt;
        this.out = out;
        this.outAt = outAt;
        for (GroupNormLoop loop : loops) {
            loop.run(this);
        }
    }

    /**
     * From the sums of dz and of dz (x - centre): the image's part of dbeta (c) and dgamma (c), and the coefficients of
     * dx, slope and level at each place, in first and second: with A and B the sums over a group of gamma dz and of
     * gamma dz xhat, and M its elements, du = r (gamma dz - (A + xhat B) / M) and dx = a du.
     *
     * @param partial the parts begin at {@code at}
     * @param e modulation, its gradient de (may be null), and where both begin for this image
     */
    void gradients(double[] partial, int at, Form form, float[] e, float[] de, int eAt, float[] gammaIn, float[] betaIn) {
        int places = places();
        double elements = (double) perGroup * hw;
        Arrays.fill(partial, at, at + 2 * c, 0);
        for (int g = 0; g < groups; g++) {
            int from = g * perGroup;
            int to = from + perGroup;
            double r = inverse[g];
            double m = groupMean[g];
            for (int p = 0; p < places; p += c) {
                for (int j = from; j < to; j++) {
                    double centred = a[j] * centre[p + j] + b[j] - m;
                    partial[at + j] += firstSum[p + j];
                    partial[at + c + j] += r * (a[j] * secondSum[p + j] + centred * firstSum[p + j]);
                }
            }
            double level = 0;
            double slope = 0;
            for (int j = from; j < to; j++) {
                level += gamma[j] * partial[at + j];
                slope += gamma[j] * partial[at + c + j];
            }
            level /= elements;
            slope *= r / elements;
            for (int p = 0; p < places; p += c) {
                for (int j = from; j < to; j++) {
                    double factor = -a[j] * r;
                    first[p + j] = (float) (factor * a[j] * slope);
                    second[p + j] = (float) (factor * (level + slope * (a[j] * centre[p + j] + b[j] - m)));
                }
            }
            if (de != null && form != Form.ADAGN) {
                modulationGradient(g, level, slope, form, de, eAt);
            }
        }
        if (form == Form.ADAGN) {
            adaptiveGradient(partial, at, e, de, eAt, gammaIn, betaIn);
        }
    }

    /** Sums over the pixels of du (for b) and of du x (for a), from the sums of dz and the moments of x. */
    private void modulationGradient(int g, double level, double slope, Form form, float[] de, int eAt) {
        int places = places();
        double r = inverse[g];
        for (int j = g * perGroup; j < (g + 1) * perGroup; j++) {
            double db = 0;
            double da = 0;
            for (int i = j; i < places; i += c) {
                double du = r * (gamma[j] * firstSum[i] - count[i] * (level + slope * (a[j] * mean[i] + b[j] - groupMean[g])));
                db += du;
                double spread = secondSum[i] + (centre[i] - mean[i]) * firstSum[i];
                da += mean[i] * du + r * (gamma[j] * spread - slope * a[j] * squares[i]);
            }
            if (form == Form.SHIFT) {
                de[eAt + j] = (float) db;
            } else {
                de[eAt + j] = (float) da;
                de[eAt + c + j] = (float) db;
            }
        }
    }

    /** z = (gammaIn xhat + betaIn) (1 + e_1) + e_2. */
    private void adaptiveGradient(double[] partial, int at, float[] e, float[] de, int eAt, float[] gammaIn, float[] betaIn) {
        for (int j = 0; j < c; j++) {
            double dbeta = partial[at + j];
            double dgamma = partial[at + c + j];
            if (de != null) {
                de[eAt + j] = (float) (gammaIn[j] * dgamma + betaIn[j] * dbeta);
                de[eAt + c + j] = (float) dbeta;
            }
            partial[at + j] = dbeta * (1.0 + e[eAt + j]);
            partial[at + c + j] = dgamma * (1.0 + e[eAt + j]);
        }
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
