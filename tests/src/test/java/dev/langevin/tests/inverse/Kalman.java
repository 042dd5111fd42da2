package dev.langevin.tests.inverse;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.sampling.inverse.LinearOperator;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * The posterior N(m + K (y - A m), (I - K A) C) with the gain K = C A^T (A C A^T + noise^2 I)^-1 of data N(m, C) and a
 * measurement y = A x + noise z.
 *
 * @param mean (d)
 * @param covariance (d, d)
 */
record Kalman(double[] mean, double[][] covariance) {

    static Kalman of(double[] m, double[][] c, double[][] a, double[] y, double noise) {
        RealMatrix covariance = new Array2DRowRealMatrix(c);
        RealMatrix operator = new Array2DRowRealMatrix(a);
        RealMatrix ofMeasurement = operator.multiply(covariance).multiply(operator.transpose())
                .add(MatrixUtils.createRealIdentityMatrix(y.length).scalarMultiply(noise * noise));
        RealMatrix gain = covariance.multiply(operator.transpose()).multiply(new LUDecomposition(ofMeasurement).getSolver().getInverse());
        double[] surprise = new ArrayRealVector(y).subtract(operator.operate(new ArrayRealVector(m))).toArray();
        double[] mean = new ArrayRealVector(m).add(new ArrayRealVector(gain.operate(surprise))).toArray();
        RealMatrix rest = covariance.subtract(gain.multiply(operator).multiply(covariance));
        double[][] symmetric = rest.add(rest.transpose()).scalarMultiply(0.5).getData();
        return new Kalman(mean, symmetric);
    }

    /** The matrix (m, d) of an operator on images of a shape, one column for each element. */
    static double[][] matrix(LinearOperator operator, Shape image) {
        int d = image.size();
        double[] unit = new double[d * d];
        for (int i = 0; i < d; i++) {
            unit[i * d + i] = 1;
        }
        int[] dims = new int[image.rank() + 1];
        dims[0] = d;
        System.arraycopy(image.dims(), 0, dims, 1, image.rank());
        Tensor columns = operator.apply(Tensor.of(Shape.of(dims), unit));
        int m = columns.size() / d;
        double[] values = columns.toDoubles();
        double[][] matrix = new double[m][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < m; j++) {
                matrix[j][i] = values[i * m + j];
            }
        }
        return matrix;
    }
}
