package dev.langevin.examples;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.image.ImageGrid;
import java.awt.image.BufferedImage;

/**
 * The square [-limit, limit]^2 as cells, row by row from the upper left, each known by its centre.
 *
 * @param side cells along each axis
 */
record Plane(double limit, int side) {
    /** Pixels that a cell is drawn as, along each axis. */
    private static final int ZOOM = 4;

    int cells() {
        return side * side;
    }

    double cellArea() {
        return Math.pow(2 * limit / side, 2);
    }

    /** The centre of a cell (2). */
    double[] centre(int cell) {
        double step = 2 * limit / side;
        return new double[] {(cell % side + 0.5) * step - limit, limit - (cell / side + 0.5) * step};
    }

    /** All centres (side^2, 2), in the current scope. */
    Tensor centres() {
        double[] x = new double[2 * cells()];
        for (int i = 0; i < cells(); i++) {
            System.arraycopy(centre(i), 0, x, 2 * i, 2);
        }
        return Tensor.of(Shape.of(cells(), 2), x);
    }

    /** How dense the first n points of a data set are in each cell: their share over the cell's area. */
    double[] histogram(Dataset data, int n) {
        double[] density = new double[cells()];
        float[] point = new float[2];
        for (int i = 0; i < n; i++) {
            data.copy(i, point, 0);
            int column = (int) Math.floor((point[0] + limit) / (2 * limit) * side);
            int row = (int) Math.floor((limit - point[1]) / (2 * limit) * side);
            if (Math.min(row, column) >= 0 && Math.max(row, column) < side) {
                density[row * side + column] += 1 / (n * cellArea());
            }
        }
        return density;
    }

    /** Densities (side^2) beside each other on one scale: black is 0, white the largest of the last one. */
    BufferedImage picture(double[]... densities) {
        double max = 0;
        for (double p : densities[densities.length - 1]) {
            max = Math.max(max, p);
        }
        int pixels = side * ZOOM;
        float[] grey = new float[densities.length * pixels * pixels];
        for (int i = 0; i < grey.length; i++) {
            int inPanel = i % (pixels * pixels);
            double p = densities[i / (pixels * pixels)][inPanel / pixels / ZOOM * side + inPanel % pixels / ZOOM];
            grey[i] = (float) (2 * Math.min(1, p / max) - 1);
        }
        return ImageGrid.of(grey, densities.length, pixels, pixels, 1, densities.length);
    }
}
