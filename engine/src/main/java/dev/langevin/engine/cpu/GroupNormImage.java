package dev.langevin.engine.cpu;

import static dev.langevin.engine.cpu.Simd.F;
import static dev.langevin.engine.cpu.Simd.LANES;

import jdk.incubator.vector.FloatVector;

/** One image of {@link GroupNormCpu} on one thread: where it lies, its statistics, and the passes that need no SiLU. */
final class GroupNormImage {
    /**
     * A pass over the image. Called through an interface with at least three classes, which HotSpot does not inline:
     * all passes in one compiled body would exceed its limit on nodes, from which on vectors are boxed.
     */
    interface Stage {
        void run(GroupNormImage image);
    }

    static final ThreadLocal<GroupNormImage> CURRENT = ThreadLocal.withInitial(GroupNormImage::new);
    /** Rows added up in float before they go to double: bounds the rounding of long sums. */
    private static final int FLOAT_ROWS = 32;

    float[] x;
    float[] dy;
    float[] out;
    int outOffset;
    double[] partial;
    /** The image's place in x, y and dy, and its elements. */
    int offset;
    int size;
    /** Elements in a row, a multiple of c and of the vector length. */
    int row;
    /** What belongs to each place of a row: group mean, gamma / deviation, beta with the rest of the mean. */
    float[] mean = new float[0];
    float[] scale = new float[0];
    float[] shift = new float[0];

    private float[] gamma;
    private float[] beta;
    private int image;
    private int c;
    private int groups;
    private int perGroup;
    private double eps;
    private float[] first = new float[0];
    private float[] second = new float[0];
    private double[] firstLong = new double[0];
    private double[] secondLong = new double[0];
    private double[] groupMean = new double[0];
    private double[] groupScale = new double[0];
    private double[] slope = new double[0];
    private double[] level = new double[0];
    private float[] dz = new float[0];

    private GroupNormImage() {
    }

    void begin(float[] x, float[] gamma, float[] beta, int image, int hw, int c, int groups, float eps) {
        this.x = x;
        this.gamma = gamma;
        this.beta = beta;
        this.image = image;
        this.c = c;
        this.groups = groups;
        this.perGroup = c / groups;
        this.eps = eps;
        size = hw * c;
        offset = image * size;
        outOffset = offset;
        row = c / gcd(c, LANES) * LANES;
        if (mean.length < row) {
            mean = new float[row];
            scale = new float[row];
            shift = new float[row];
            first = new float[row];
            second = new float[row];
            firstLong = new double[row];
            secondLong = new double[row];
        }
        if (groupMean.length < groups) {
            groupMean = new double[groups];
            groupScale = new double[groups];
            slope = new double[groups];
            level = new double[groups];
        }
    }

    /** Lets go of the arrays. */
    void end() {
        x = null;
        dy = null;
        out = null;
        gamma = null;
        beta = null;
        partial = null;
    }

    float[] dzSpace(int elements) {
        if (dz.length < elements) {
            dz = new float[elements];
        }
        return dz;
    }

    /** The mean of each group, and its rounding to float at each place of a row. */
    void sums() {
        clearLong();
        for (int r = 0; r < size; r += FLOAT_ROWS * row) {
            int end = Math.min(size, r + FLOAT_ROWS * row);
            java.util.Arrays.fill(first, 0, row, 0f);
            for (int q = r; q < end; q += row) {
                int length = Math.min(row, end - q);
                int full = length - length % LANES;
                int at = offset + q;
                for (int i = 0; i < full; i += LANES) {
                    FloatVector.fromArray(F, first, i).add(FloatVector.fromArray(F, x, at + i)).intoArray(first, i);
                }
                for (int i = full; i < length; i++) {
                    first[i] += x[at + i];
                }
            }
            flush(first, firstLong);
        }
        for (int g = 0; g < groups; g++) {
            groupMean[g] = ofGroup(firstLong, g) / ((double) perGroup * size / c);
        }
        for (int i = 0; i < row; i++) {
            mean[i] = (float) groupMean[i % c / perGroup];
        }
    }

    /** The variance of each group around the rounded mean, corrected for what the rounding left. */
    void squares() {
        clearLong();
        for (int r = 0; r < size; r += FLOAT_ROWS * row) {
            int end = Math.min(size, r + FLOAT_ROWS * row);
            java.util.Arrays.fill(first, 0, row, 0f);
            java.util.Arrays.fill(second, 0, row, 0f);
            for (int q = r; q < end; q += row) {
                int length = Math.min(row, end - q);
                int full = length - length % LANES;
                int at = offset + q;
                for (int i = 0; i < full; i += LANES) {
                    FloatVector d = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, mean, i));
                    FloatVector.fromArray(F, first, i).add(d).intoArray(first, i);
                    d.fma(d, FloatVector.fromArray(F, second, i)).intoArray(second, i);
                }
                for (int i = full; i < length; i++) {
                    float d = x[at + i] - mean[i];
                    first[i] += d;
                    second[i] = Math.fma(d, d, second[i]);
                }
            }
            flush(first, firstLong);
            flush(second, secondLong);
        }
        double count = (double) perGroup * size / c;
        for (int g = 0; g < groups; g++) {
            double rest = ofGroup(firstLong, g) / count;
            double variance = Math.max(0, ofGroup(secondLong, g) / count - rest * rest);
            groupMean[g] = rest;
            groupScale[g] = 1 / Math.sqrt(variance + eps);
        }
    }

    /** Writes scale and shift at each place of a row; z = (x - mean) scale + shift. */
    void spread() {
        for (int i = 0; i < row; i++) {
            int g = i % c / perGroup;
            double s = gamma[i % c] * groupScale[g];
            scale[i] = (float) s;
            shift[i] = (float) (beta[i % c] - groupMean[g] * s);
        }
    }

    /** Sums over the pixels of dz (= dbeta) and of dz xhat (= dgamma) for each channel, from dz in {@link #out}. */
    void gradientSums() {
        clearLong();
        for (int r = 0; r < size; r += FLOAT_ROWS * row) {
            int end = Math.min(size, r + FLOAT_ROWS * row);
            java.util.Arrays.fill(first, 0, row, 0f);
            java.util.Arrays.fill(second, 0, row, 0f);
            for (int q = r; q < end; q += row) {
                int length = Math.min(row, end - q);
                int full = length - length % LANES;
                int at = offset + q;
                int to = outOffset + q;
                for (int i = 0; i < full; i += LANES) {
                    FloatVector d = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, mean, i));
                    FloatVector v = FloatVector.fromArray(F, out, to + i);
                    FloatVector.fromArray(F, first, i).add(v).intoArray(first, i);
                    d.fma(v, FloatVector.fromArray(F, second, i)).intoArray(second, i);
                }
                for (int i = full; i < length; i++) {
                    first[i] += out[to + i];
                    second[i] = Math.fma(x[at + i] - mean[i], out[to + i], second[i]);
                }
            }
            flush(first, firstLong);
            flush(second, secondLong);
        }
        int to = image * 2 * c;
        for (int j = 0; j < c; j++) {
            double dbeta = 0;
            double dgamma = 0;
            for (int i = j; i < row; i += c) {
                dbeta += firstLong[i];
                dgamma += secondLong[i];
            }
            int g = j / perGroup;
            partial[to + j] = dbeta;
            partial[to + c + j] = (dgamma - groupMean[g] * dbeta) * groupScale[g];
        }
    }

    /**
     * dx = r (gamma dz - (a + xhat b) / m) with r = 1 / deviation, a and b the sums over the group of gamma dz and of
     * gamma dz xhat, m its elements; as dz scale + ((x - mean) slope + level). In place of dz in {@link #out}.
     */
    void inputGradient() {
        double m = (double) perGroup * size / c;
        int base = image * 2 * c;
        for (int g = 0; g < groups; g++) {
            double a = 0;
            double b = 0;
            for (int j = g * perGroup; j < (g + 1) * perGroup; j++) {
                a += gamma[j] * partial[base + j];
                b += gamma[j] * partial[base + c + j];
            }
            double r = groupScale[g];
            slope[g] = -r * r * b / m;
            level[g] = -r * a / m - slope[g] * groupMean[g];
        }
        for (int i = 0; i < row; i++) {
            int g = i % c / perGroup;
            first[i] = (float) slope[g];
            second[i] = (float) level[g];
        }
        for (int r = 0; r < size; r += row) {
            int length = Math.min(row, size - r);
            int full = length - length % LANES;
            int at = offset + r;
            for (int i = 0; i < full; i += LANES) {
                FloatVector d = FloatVector.fromArray(F, x, at + i).sub(FloatVector.fromArray(F, mean, i));
                FloatVector rest = d.fma(FloatVector.fromArray(F, first, i), FloatVector.fromArray(F, second, i));
                FloatVector.fromArray(F, out, at + i).fma(FloatVector.fromArray(F, scale, i), rest)
                        .intoArray(out, at + i);
            }
            for (int i = full; i < length; i++) {
                float rest = Math.fma(x[at + i] - mean[i], first[i], second[i]);
                out[at + i] = Math.fma(out[at + i], scale[i], rest);
            }
        }
    }

    private void clearLong() {
        java.util.Arrays.fill(firstLong, 0, row, 0);
        java.util.Arrays.fill(secondLong, 0, row, 0);
    }

    private void flush(float[] from, double[] to) {
        for (int i = 0; i < row; i++) {
            to[i] += from[i];
        }
    }

    private double ofGroup(double[] perPlace, int group) {
        double sum = 0;
        for (int i = 0; i < row; i += c) {
            for (int j = group * perGroup; j < (group + 1) * perGroup; j++) {
                sum += perPlace[i + j];
            }
        }
        return sum;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
