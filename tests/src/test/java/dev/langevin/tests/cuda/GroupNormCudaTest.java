package dev.langevin.tests.cuda;

import static dev.langevin.tests.engine.Tolerance.largest;
import static dev.langevin.tests.engine.Tolerance.terms;

import dev.langevin.engine.Shape;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.GroupNormCuda;
import dev.langevin.engine.cuda.GroupNormTuning;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.GroupNorm;
import dev.langevin.engine.op.GroupNormSilu;
import dev.langevin.engine.op.ModulatedGroupNormSilu;
import dev.langevin.engine.op.ModulatedGroupNormSilu.Form;
import dev.langevin.tests.engine.Tolerance;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows P-ENG, R-FP16: group normalisation with all that rides along, in one launch and in stages. */
class GroupNormCudaTest {
    private static final double EPS = 1e-5;
    private static final List<CudaBackend> FP32 = TwinCheck.backends(Precision.FP32);
    private static final List<CudaBackend> BF16 = TwinCheck.backends(Precision.BF16);
    /** As for images that are too large for a block: chunks of 1 KiB, one image after the other. */
    private static final List<CudaBackend> FP32_IN_STAGES = inStages(Precision.FP32);
    private static final List<CudaBackend> BF16_IN_STAGES = inStages(Precision.BF16);

    private static List<CudaBackend> inStages(Precision precision) {
        List<CudaBackend> backends = TwinCheck.backends(precision);
        backends.forEach(cuda -> GroupNormCuda.put(cuda.kernels(), cuda, new GroupNormTuning(0, 1 << 10, 1)));
        return backends;
    }

    @SafeVarargs
    private static List<CudaBackend> all(List<CudaBackend>... some) {
        return Stream.of(some).flatMap(List::stream).toList();
    }

    @AfterAll
    static void close() {
        all(FP32, BF16, FP32_IN_STAGES, BF16_IN_STAGES).forEach(CudaBackend::close);
    }

    /**
     * Sums run over a group, over an image and over all images; what is divided by the deviation is rounded at its size,
     * `condition` times the deviation. Gradients are multiples of 1 / deviation.
     */
    private static void check(CudaBackend cuda, Fused op, double low, double high, double condition, int n, int hw, int c) {
        boolean narrow = cuda.precision() == Precision.BF16;
        int e = op instanceof ModulatedGroupNormSilu m ? m.form().perChannel() : 0;
        Shape[] shapes = {Shape.of(n, hw, c), Shape.of(c), Shape.of(c), Shape.of(n, e * c)};
        TwinCheck check = new TwinCheck(cuda, op, e == 0 ? Arrays.copyOf(shapes, 3) : shapes).uniform(0, low, high);
        if (e > 0) {
            check.uniform(3, -0.5, 0.5);
        }
        if (narrow) {
            check.narrow(e == 0 ? new int[] {0} : new int[] {0, 3});
        }
        int groups = op instanceof GroupNorm g ? g.groups() : op instanceof GroupNormSilu g ? g.groups() : ((ModulatedGroupNormSilu) op).groups();
        double inverse = inverseDeviation(check.values(0), e == 0 ? null : check.values(3), op, n, hw, c, groups);
        double group = 16 + terms(hw * c / groups).roundings() + 8 * condition * inverse;
        double image = group + terms(hw).roundings();
        double all = image + terms(n).roundings();
        double once = narrow ? TwinCheck.BF16_ROUNDING : 0;
        check.value(largest(group + once, 1));
        double size = Math.max(Math.abs(low), Math.abs(high));
        Tolerance dx = largest(2 * group + once, inverse);
        Tolerance dw = largest(2 * all, Math.sqrt(hw * n));
        Tolerance de = largest(2 * image + once, inverse * hw * size);
        check.gradients(e == 0 ? 7 : 15, dx, dw, dw, de);
        if (hw * c < 2000) {
            check.gradients(1, dx, dw, dw, de);
            check.gradients(e == 0 ? 2 : 10, dx, dw, dw, de);
            check.gradients(4, dx, dw, dw, de);
        }
    }

    /** The greatest 1 / sqrt(variance + eps) of what is normalised. */
    private static double inverseDeviation(float[] x, float[] e, Fused op, int n, int hw, int c, int groups) {
        Form form = op instanceof ModulatedGroupNormSilu m ? m.form() : Form.ADAGN;
        double greatest = 0;
        int width = c / groups;
        for (int g = 0; g < n * groups; g++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < hw * width; i++) {
                int image = g / groups;
                int channel = g % groups * width + i % width;
                double h = x[(image * hw + i / width) * c + channel];
                h = switch (form) {
                    case SHIFT -> h + e[image * c + channel];
                    case FILM -> h * (1 + e[image * 2 * c + channel]) + e[image * 2 * c + c + channel];
                    case ADAGN -> h;
                };
                sum += h;
                squares += h * h;
            }
            double mean = sum / (hw * width);
            greatest = Math.max(greatest, 1 / Math.sqrt(Math.max(0, squares / (hw * width) - mean * mean) + EPS));
        }
        return greatest;
    }

    /** Odd channels, one pixel, one channel a group, groups narrower than an access and across two, an image of 7 x 7. */
    @ParameterizedTest
    @CsvSource({"2, 49, 24, 8", "1, 1, 3, 3", "2, 5, 1, 1", "3, 9, 10, 2", "2, 35, 16, 2", "1, 13, 64, 32", "2, 1, 16, 4", "1, 196, 8, 2", "2, 7, 8, 8", "1, 3, 40, 5"})
    void everyShape(int n, int hw, int c, int groups) {
        for (CudaBackend cuda : all(FP32, BF16)) {
            check(cuda, new GroupNorm(groups, EPS), -1, 1, 0, n, hw, c);
            check(cuda, new GroupNormSilu(groups, EPS), -3, 5, 0, n, hw, c);
            for (Form form : Form.values()) {
                modulated(cuda, form, groups, n, hw, c);
            }
        }
        for (CudaBackend cuda : all(FP32_IN_STAGES, BF16_IN_STAGES)) {
            modulated(cuda, Form.values()[(hw + c) % 3], groups, n, hw, c);
        }
    }

    private static void modulated(CudaBackend cuda, Form form, int groups, int n, int hw, int c) {
        check(cuda, new ModulatedGroupNormSilu(groups, EPS, form), -1, 1, form == Form.ADAGN ? 0 : 2, n, hw, c);
    }

    /** An image that several blocks share as it is. */
    @Test
    void largeImage() {
        for (CudaBackend cuda : FP32) {
            check(cuda, new ModulatedGroupNormSilu(1, EPS, Form.FILM), -1, 1, 2, 1, 801, 33);
        }
    }

    /** A mean 10^4 times the deviation takes no digits of a result. */
    @Test
    void largeMean() {
        for (CudaBackend cuda : all(FP32, FP32_IN_STAGES)) {
            check(cuda, new GroupNormSilu(8, EPS), 9998, 10002, 0, 2, 49, 24);
        }
    }

    @ParameterizedTest
    @CsvSource({"1e-3", "1e3", "1e6"})
    void magnitudes(double size) {
        for (CudaBackend cuda : FP32) {
            check(cuda, new GroupNorm(4, EPS), -size, size, 0, 2, 25, 16);
        }
    }

    @Test
    void noImages() {
        for (CudaBackend cuda : FP32) {
            check(cuda, new GroupNormSilu(4, EPS), -1, 1, 0, 0, 9, 8);
            check(cuda, new ModulatedGroupNormSilu(4, EPS, Form.FILM), -1, 1, 0, 0, 9, 8);
        }
    }

    /** Groups wider than a block: the twin. */
    @Test
    void wideGroups() {
        for (CudaBackend cuda : FP32) {
            check(cuda, new GroupNormSilu(1, EPS), -1, 1, 0, 1, 2, 1028);
            check(cuda, new ModulatedGroupNormSilu(1, EPS, Form.SHIFT), -1, 1, 2, 2, 1, 257);
        }
    }
}
