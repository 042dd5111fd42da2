package dev.langevin.engine.reference;

import static dev.langevin.engine.reference.ReferenceBackend.data;

import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dInput;
import dev.langevin.engine.op.Conv2dWeight;
import java.util.Arrays;

/** The three faces of the convolution: one walk over its products x w dy, summed into one of the three. */
final class ReferenceConvolution {
    private ReferenceConvolution() {
    }

    /** Offsets of the first channel of a pixel of x, of a tap of w (for output channel 0) and of a pixel of y. */
    private interface Tap {
        void at(int x, int w, int y);
    }

    static void forward(Conv2d op, Tensor[] in, Tensor[] out) {
        double[] x = data(in[0]);
        double[] w = data(in[1]);
        double[] y = data(out[0]);
        int ci = in[1].dim(3);
        int co = in[1].dim(0);
        int wStride = in[1].size() / co;
        for (int i = 0; i < out[0].size(); i++) {
            y[i] = in.length == 3 ? data(in[2])[i % co] : 0;
        }
        walk(in[0], in[1], out[0], op.stride(), op.padding(), (xi, wi, yi) -> {
            for (int o = 0; o < co; o++) {
                double sum = 0;
                for (int c = 0; c < ci; c++) {
                    sum += x[xi + c] * w[wi + o * wStride + c];
                }
                y[yi + o] += sum;
            }
        });
    }

    static void input(Conv2dInput op, Tensor[] in, Tensor[] out) {
        double[] dy = data(in[0]);
        double[] w = data(in[1]);
        double[] dx = data(out[0]);
        int ci = in[1].dim(3);
        int co = in[1].dim(0);
        int wStride = in[1].size() / co;
        for (int i = 0; i < out[0].size(); i++) {
            dx[i] = in.length == 3 ? data(in[2])[i % ci] : 0;
        }
        walk(out[0], in[1], in[0], op.stride(), op.padding(), (xi, wi, yi) -> {
            for (int o = 0; o < co; o++) {
                for (int c = 0; c < ci; c++) {
                    dx[xi + c] += dy[yi + o] * w[wi + o * wStride + c];
                }
            }
        });
    }

    static void weight(Conv2dWeight op, Tensor[] in, Tensor[] out) {
        double[] x = data(in[0]);
        double[] dy = data(in[1]);
        double[] dw = data(out[0]);
        int ci = out[0].dim(3);
        int co = out[0].dim(0);
        int wStride = out[0].size() / co;
        Arrays.fill(dw, 0, out[0].size(), 0);
        walk(in[0], out[0], in[1], op.stride(), op.padding(), (xi, wi, yi) -> {
            for (int o = 0; o < co; o++) {
                for (int c = 0; c < ci; c++) {
                    dw[wi + o * wStride + c] += x[xi + c] * dy[yi + o];
                }
            }
        });
    }

    private static void walk(Tensor x, Tensor w, Tensor y, int stride, int padding, Tap tap) {
        for (int n = 0; n < x.dim(0); n++) {
            for (int i = 0; i < y.dim(1); i++) {
                for (int j = 0; j < y.dim(2); j++) {
                    for (int p = 0; p < w.dim(1); p++) {
                        for (int q = 0; q < w.dim(2); q++) {
                            int row = i * stride + p - padding;
                            int col = j * stride + q - padding;
                            if (row >= 0 && row < x.dim(1) && col >= 0 && col < x.dim(2)) {
                                tap.at(((n * x.dim(1) + row) * x.dim(2) + col) * x.dim(3),
                                        (p * w.dim(2) + q) * w.dim(3), ((n * y.dim(1) + i) * y.dim(2) + j) * y.dim(3));
                            }
                        }
                    }
                }
            }
        }
    }
}
