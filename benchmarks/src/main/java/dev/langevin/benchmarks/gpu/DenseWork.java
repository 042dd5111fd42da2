package dev.langevin.benchmarks.gpu;

import dev.langevin.benchmarks.gpu.OpWork.Kind;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Matrix products of shape {m, n, k}, and convolutions of {n, height, width, channels in, channels out, kernel, stride, padding},
 * as the backend's libraries do them.
 */
final class DenseWork {
    /** Random numbers are repeated after so many. */
    private static final int PATTERN = 1 << 18;

    private DenseWork() {
    }

    static double flops(Kind kind, int[] shape) {
        if (kind == Kind.GEMM) {
            return 2.0 * shape[0] * shape[1] * shape[2];
        }
        DenseMath.Conv c = conv(shape, DType.F32);
        return 2.0 * c.n() * c.outHeight() * c.outWidth() * c.k() * c.r() * c.s() * c.c();
    }

    private static DenseMath.Conv conv(int[] s, DType type) {
        return new DenseMath.Conv(s[0], s[1], s[2], s[3], s[4], s[5], s[5], s[6], s[7], type);
    }

    static Contender of(CudaBackend backend, OpWork work) {
        CudaRuntime runtime = backend.runtime();
        DenseMath dense = backend.dense();
        DType type = backend.precision() == Precision.BF16 ? DType.BF16 : DType.F32;
        List<Long> memory = new ArrayList<>();
        List<Runnable> calls = new ArrayList<>();
        int[] s = work.shape();
        for (int i = 0; i < work.sets(); i++) {
            if (work.kind() == Kind.GEMM) {
                DenseMath.Gemm shape = new DenseMath.Gemm(1, s[0], s[1], s[2], false, false, type);
                long a = random(runtime, (long) s[0] * s[2], type, memory);
                long b = random(runtime, (long) s[2] * s[1], type, memory);
                long c = random(runtime, (long) s[0] * s[1], type, memory);
                calls.add(() -> dense.gemm(shape, a, b, c));
                continue;
            }
            DenseMath.Conv c = conv(s, type);
            long x = random(runtime, (long) c.n() * c.h() * c.w() * c.c(), type, memory);
            long w = random(runtime, (long) c.k() * c.r() * c.s() * c.c(), type, memory);
            long y = random(runtime, (long) c.n() * c.outHeight() * c.outWidth() * c.k(), type, memory);
            long bias = random(runtime, c.k(), type, memory);
            calls.add(switch (work.kind()) {
                case CONV_FORWARD -> () -> dense.forward(c, x, w, bias, 0, y);
                case CONV_BACKWARD_DATA -> () -> dense.backwardData(c, y, w, x);
                default -> () -> dense.backwardFilter(c, x, y, w);
            });
        }
        return Ours.replayed("langevin", backend, () -> calls.forEach(Runnable::run), () -> memory.forEach(runtime::free));
    }

    /** Device memory full of random numbers in [-1, 1]. */
    private static long random(CudaRuntime runtime, long elements, DType type, List<Long> memory) {
        long address = runtime.allocate(elements * type.bytes());
        memory.add(address);
        int length = (int) Math.min(elements, PATTERN);
        ByteBuffer pattern = ByteBuffer.allocateDirect(length * type.bytes()).order(ByteOrder.nativeOrder());
        Random random = new Random(1);
        for (int i = 0; i < length; i++) {
            float v = 2 * random.nextFloat() - 1;
            if (type == DType.F32) {
                pattern.putFloat(v);
            } else {
                pattern.putShort((short) (Float.floatToRawIntBits(v) >>> 16));
            }
        }
        pattern.flip();
        for (long at = 0; at < elements; at += length) {
            int count = (int) Math.min(length, elements - at);
            runtime.upload(address + at * type.bytes(), pattern.duplicate().order(ByteOrder.nativeOrder()).limit(count * type.bytes()));
        }
        return address;
    }
}
