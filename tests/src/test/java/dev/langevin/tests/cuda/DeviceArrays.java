package dev.langevin.tests.cuda;

import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Numbers on a CUDA device, for tests that launch kernels themselves or need bfloat16 tensors. */
final class DeviceArrays {
    private DeviceArrays() {
    }

    /** The nearest bfloat16, ties to even; NaN stays NaN. */
    static float bf16(float v) {
        int bits = Float.floatToRawIntBits(v);
        return Float.isNaN(v) ? v : Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    /** A tensor of the same numbers that is stored as bfloat16: a product with 1, which begins each run of bfloat16 ops. */
    static Tensor narrow(Tensor x) {
        return x.size() == 0 ? x : x.reshape(-1, 1).linear(Tensor.of(Shape.of(1, 1), 1), null).reshape(x.shape());
    }

    /** Standard normal numbers; with {@code narrow}, such as bfloat16 holds. */
    static float[] normal(int size, boolean narrow, long seed) {
        Random random = new Random(seed);
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            float v = (float) random.nextGaussian();
            x[i] = narrow ? bf16(v) : v;
        }
        return x;
    }

    /** Puts numbers at an address, each as {@code type}. */
    static void put(CudaRuntime runtime, long address, DType type, float... values) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
        for (float v : values) {
            if (type == DType.F32) {
                bytes.putFloat(v);
            } else {
                bytes.putShort((short) (Float.floatToRawIntBits(bf16(v)) >>> 16));
            }
        }
        runtime.upload(address, bytes.flip());
    }

    /** Numbers from an address. */
    static float[] get(CudaRuntime runtime, long address, DType type, int count) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * type.bytes()).order(ByteOrder.nativeOrder());
        runtime.download(bytes, address);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = type == DType.F32 ? bytes.getFloat(4 * i) : Float.intBitsToFloat(bytes.getShort(2 * i) << 16);
        }
        return values;
    }
}
