package dev.langevin.sampling.inverse;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.ShapeException;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.random.RandomKey;
import dev.langevin.sampling.Purpose;

/** Any linear map, as the matrix of its effect on an image's elements in row-major order. */
public final class MatrixOperator implements LinearOperator {
    private final Tensor matrix; // (m, d)
    private final Shape image;

    /**
     * @param matrix (m, d)
     * @param image shape of one image, d elements
     */
    public MatrixOperator(Tensor matrix, Shape image) {
        if (matrix.rank() != 2 || matrix.dim(1) != image.size()) {
            throw new ShapeException("matrix operator", "a matrix (m, " + image.size() + ") for images " + image, matrix.shape());
        }
        this.matrix = matrix;
        this.image = image;
    }

    /**
     * Compressed sensing (Candes &amp; Tao 2006): m random projections, with elements drawn from N(0, 1/d), so that a measurement's
     * elements are of the size of an image's.
     *
     * @param measurements m, at least 1
     */
    public static MatrixOperator random(int measurements, Shape image, long seed) {
        if (measurements < 1) {
            throw new InputException("random projections: expected at least 1, got " + measurements);
        }
        Tensor z = Tensor.normal(Shape.of(measurements, image.size()), new RandomKey(seed, Purpose.OPERATOR.code(), 0, 0));
        return new MatrixOperator(z.mul(1 / Math.sqrt(image.size())), image);
    }

    /**
     * Simple tomography: parallel beams through the image from {@code angles} directions, spread evenly over half a turn. Each
     * direction has a row of detectors one pixel wide; a pixel adds to the two whose centres are nearest to its own projection, in
     * proportion. Elements are divided by the larger side, so that they are of the size of an image's. Channels are seen each by itself.
     *
     * @param angles at least 1
     * @param image (H, W, C)
     */
    public static MatrixOperator parallelBeams(int angles, Shape image) {
        if (angles < 1 || image.rank() != 3) {
            throw new InputException("tomography: expected at least 1 angle and images (H, W, C), got " + angles + " and " + image);
        }
        int height = image.dim(0);
        int width = image.dim(1);
        int channels = image.dim(2);
        int detectors = (int) Math.ceil(Math.hypot(height, width)) + 1;
        double[] values = new double[angles * detectors * channels * image.size()];
        for (int k = 0; k < angles; k++) {
            double cos = Math.cos(Math.PI * k / angles);
            double sin = Math.sin(Math.PI * k / angles);
            for (int pixel = 0; pixel < height * width; pixel++) {
                double place = 0.5 * (detectors - 1) + cos * (pixel % width - 0.5 * (width - 1)) + sin * (pixel / width - 0.5 * (height - 1));
                int below = Math.clamp((int) Math.floor(place), 0, detectors - 2);
                for (int c = 0; c < channels; c++) {
                    int row = (k * detectors + below) * channels + c;
                    int column = pixel * channels + c;
                    values[row * image.size() + column] = (below + 1 - place) / Math.max(height, width);
                    values[(row + channels) * image.size() + column] = (place - below) / Math.max(height, width);
                }
            }
        }
        return new MatrixOperator(Tensor.of(Shape.of(angles * detectors * channels, image.size()), values), image);
    }

    /** m. */
    public int measurements() {
        return matrix.dim(0);
    }

    /** @param x (N, ...) of the image's shape; the result is (N, m) */
    @Override
    public Tensor apply(Tensor x) {
        return x.reshape(x.dim(0), image.size()).linear(matrix, null);
    }

    @Override
    public Tensor adjoint(Tensor y) {
        int[] dims = new int[image.rank() + 1];
        dims[0] = y.dim(0);
        System.arraycopy(image.dims(), 0, dims, 1, image.rank());
        return y.matmul(matrix).reshape(dims);
    }
}
