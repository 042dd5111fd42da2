package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.DenseMath.Gemm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Products and convolutions of small whole numbers: every sum is exact in float32, so a result is right to the last bit,
 * in bfloat16 after one rounding, or it is wrong.
 */
final class DenseCases {
    /** Odd sizes, strides that leave a rest, filters that are not square, no padding and more than half the filter. */
    static final List<Conv> CONVOLUTIONS = List.of(
            new Conv(2, 5, 7, 3, 4, 3, 3, 1, 1, DType.F32), new Conv(3, 6, 5, 4, 5, 3, 3, 2, 1, DType.F32), new Conv(1, 4, 4, 8, 3, 1, 1, 1, 0, DType.F32),
            new Conv(2, 7, 6, 1, 2, 5, 3, 3, 2, DType.F32), new Conv(2, 3, 3, 4, 4, 1, 1, 2, 0, DType.F32), new Conv(1, 2, 2, 2, 3, 2, 2, 1, 1, DType.F32),
            new Conv(2, 5, 4, 4, 3, 3, 3, 1, 1, DType.BF16), new Conv(3, 5, 5, 3, 8, 3, 3, 2, 1, DType.BF16), new Conv(2, 3, 4, 8, 2, 1, 1, 1, 0, DType.BF16));

    static final List<Gemm> PRODUCTS = List.of(
            new Gemm(1, 3, 4, 5, false, false, DType.F32), new Gemm(1, 3, 4, 5, true, false, DType.F32), new Gemm(1, 3, 4, 5, false, true, DType.F32),
            new Gemm(1, 3, 4, 5, true, true, DType.F32), new Gemm(3, 2, 7, 3, false, false, DType.F32), new Gemm(3, 2, 7, 3, true, false, DType.F32),
            new Gemm(3, 2, 7, 3, false, true, DType.F32), new Gemm(3, 2, 7, 3, true, true, DType.F32), new Gemm(1, 1, 1, 1, false, false, DType.F32),
            new Gemm(1, 4, 6, 9, false, true, DType.BF16), new Gemm(2, 4, 6, 9, true, false, DType.BF16));

    private DenseCases() {
    }

    static float[] whole(int size, long seed) {
        return whole(size, 9, seed);
    }

    /** Whole numbers in [-most, most]. */
    static float[] whole(int size, int most, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] a = new float[size];
        for (int i = 0; i < size; i++) {
            a[i] = random.nextInt(-most, most + 1);
        }
        return a;
    }

    /** C of a product, before it is rounded to its type. */
    static float[] product(Gemm g, float[] a, float[] b) {
        float[] c = new float[g.batch() * g.m() * g.n()];
        for (int s = 0; s < g.batch(); s++) {
            for (int i = 0; i < g.m(); i++) {
                for (int j = 0; j < g.n(); j++) {
                    float sum = 0;
                    for (int l = 0; l < g.k(); l++) {
                        sum += a[s * g.m() * g.k() + (g.transA() ? l * g.m() + i : i * g.k() + l)]
                                * b[s * g.k() * g.n() + (g.transB() ? j * g.k() + l : l * g.n() + j)];
                    }
                    c[(s * g.m() + i) * g.n() + j] = sum;
                }
            }
        }
        return c;
    }

    private interface Tap {
        void at(int x, int w, int y);
    }

    private static void eachTap(Conv g, Tap tap) {
        for (int n = 0; n < g.n(); n++) {
            for (int i = 0; i < g.outHeight(); i++) {
                for (int j = 0; j < g.outWidth(); j++) {
                    for (int r = 0; r < g.r(); r++) {
                        for (int s = 0; s < g.s(); s++) {
                            int row = i * g.stride() + r - g.padding();
                            int column = j * g.stride() + s - g.padding();
                            if (row < 0 || row >= g.h() || column < 0 || column >= g.w()) {
                                continue;
                            }
                            for (int k = 0; k < g.k(); k++) {
                                for (int c = 0; c < g.c(); c++) {
                                    tap.at(((n * g.h() + row) * g.w() + column) * g.c() + c, ((k * g.r() + r) * g.s() + s) * g.c() + c,
                                            ((n * g.outHeight() + i) * g.outWidth() + j) * g.k() + k);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    static int sizeX(Conv g) {
        return g.n() * g.h() * g.w() * g.c();
    }

    static int sizeW(Conv g) {
        return g.k() * g.r() * g.s() * g.c();
    }

    static int sizeY(Conv g) {
        return g.n() * g.outHeight() * g.outWidth() * g.k();
    }

    static long upload(CudaRuntime cuda, float[] values, DType type) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
        for (float v : values) {
            if (type == DType.F32) {
                bytes.putFloat(v);
            } else {
                bytes.putShort((short) (Float.floatToRawIntBits(v) >>> 16));
            }
        }
        long address = cuda.allocate(bytes.capacity());
        cuda.upload(address, bytes.flip());
        return address;
    }

    static float[] download(CudaRuntime cuda, long address, int size, DType type) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(size * type.bytes()).order(ByteOrder.nativeOrder());
        cuda.download(bytes, address);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = type == DType.F32 ? bytes.getFloat(4 * i) : Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
        }
        return values;
    }

    /** To the nearest number of a type, ties to even. */
    static float round(float value, DType type) {
        int bits = Float.floatToRawIntBits(value);
        return type == DType.F32 ? value : Float.intBitsToFloat((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
    }

    /** Memory of one case, given back at its end. */
    static final class Memory implements AutoCloseable {
        private final CudaRuntime cuda;
        private final DType type;
        private final List<Long> pieces = new ArrayList<>();

        Memory(CudaRuntime cuda, DType type) {
            this.cuda = cuda;
            this.type = type;
        }

        long of(float[] values) {
            pieces.add(upload(cuda, values, type));
            return pieces.getLast();
        }

        long room(int size) {
            float[] values = new float[size];
            Arrays.fill(values, Float.NaN);
            return of(values);
        }

        void expect(String what, float[] exact, long address) {
            float[] rounded = exact.clone();
            for (int i = 0; i < rounded.length; i++) {
                rounded[i] = round(exact[i], type);
            }
            assertArrayEquals(rounded, download(cuda, address, exact.length, type), what);
        }

        @Override
        public void close() {
            pieces.forEach(cuda::free);
        }
    }

    /** What {@link DenseMath} and what is beneath it have in common. */
    interface Forward {
        void run(Conv shape, long x, long w, long bias, long residual, long y);
    }

    /** Also of what is beneath it. */
    interface Backward {
        void run(Conv shape, long a, long b, long result);
    }

    /** Of {@link DenseMath}. */
    interface Product {
        void run(Gemm shape, long a, long b, long c);
    }

    static void gemm(CudaRuntime cuda, Gemm g, Product product) {
        float[] a = whole(g.batch() * g.m() * g.k(), 1);
        float[] b = whole(g.batch() * g.k() * g.n(), 2);
        try (Memory m = new Memory(cuda, g.type())) {
            long c = m.room(g.batch() * g.m() * g.n());
            product.run(g, m.of(a), m.of(b), c);
            m.expect(g.toString(), product(g, a, b), c);
        }
    }

    /** With bias and residual, each or none, as bits of {@code extras}. */
    static void forward(CudaRuntime cuda, Conv g, int extras, Forward forward) {
        forward(cuda, g, extras, 9, forward);
    }

    /** With numbers in [-most, most]; those in [-1, 1] give sums that are exact in bfloat16 too. */
    static void forward(CudaRuntime cuda, Conv g, int extras, int most, Forward forward) {
        float[] x = whole(sizeX(g), most, 1);
        float[] w = whole(sizeW(g), most, 2);
        float[] bias = whole(g.k(), most, 3);
        float[] residual = whole(sizeY(g), most, 4);
        float[] y = new float[sizeY(g)];
        eachTap(g, (xi, wi, yi) -> y[yi] += x[xi] * w[wi]);
        for (int i = 0; i < y.length; i++) {
            y[i] += ((extras & 1) == 0 ? 0 : bias[i % g.k()]) + ((extras & 2) == 0 ? 0 : residual[i]);
        }
        try (Memory m = new Memory(cuda, g.type())) {
            long target = m.room(y.length);
            forward.run(g, m.of(x), m.of(w), (extras & 1) == 0 ? 0 : m.of(bias), (extras & 2) == 0 ? 0 : m.of(residual), target);
            m.expect("forward of " + g + ", extras " + extras, y, target);
        }
    }

    static void backwardData(CudaRuntime cuda, Conv g, Backward backward) {
        float[] dy = whole(sizeY(g), 5);
        float[] w = whole(sizeW(g), 6);
        float[] dx = new float[sizeX(g)];
        eachTap(g, (xi, wi, yi) -> dx[xi] += dy[yi] * w[wi]);
        try (Memory m = new Memory(cuda, g.type())) {
            long target = m.room(dx.length);
            backward.run(g, m.of(dy), m.of(w), target);
            m.expect("backward data of " + g, dx, target);
        }
    }

    static void backwardFilter(CudaRuntime cuda, Conv g, Backward backward) {
        float[] x = whole(sizeX(g), 7);
        float[] dy = whole(sizeY(g), 8);
        float[] dw = new float[sizeW(g)];
        eachTap(g, (xi, wi, yi) -> dw[wi] += x[xi] * dy[yi]);
        try (Memory m = new Memory(cuda, g.type())) {
            long target = m.room(dw.length);
            backward.run(g, m.of(x), m.of(dy), target);
            m.expect("backward filter of " + g, dw, target);
        }
    }
}
