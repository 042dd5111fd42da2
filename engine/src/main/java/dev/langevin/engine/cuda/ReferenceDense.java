package dev.langevin.engine.cuda;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Conv2d;
import dev.langevin.engine.op.Conv2dInput;
import dev.langevin.engine.op.Conv2dWeight;
import dev.langevin.engine.op.MatMul;
import dev.langevin.engine.reference.ReferenceBackend;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;

/**
 * Matrix products and convolutions on the emulator, for which there are no libraries: in double by the reference backend,
 * rounded to the storage type at the end. Slow, and as exact as the type allows.
 */
public final class ReferenceDense implements DenseMath {
    private final EmulatorRuntime device;
    private final ReferenceBackend reference = new ReferenceBackend();

    public ReferenceDense(EmulatorRuntime device) {
        this.device = device;
    }

    @Override
    public void gemm(Gemm g, long a, long b, long c) {
        compute(g.type(), c, () -> new MatMul(g.transA(), g.transB()).apply(
                read(a, g.type(), g.transA() ? Shape.of(g.batch(), g.k(), g.m()) : Shape.of(g.batch(), g.m(), g.k())),
                read(b, g.type(), g.transB() ? Shape.of(g.batch(), g.n(), g.k()) : Shape.of(g.batch(), g.k(), g.n()))));
    }

    @Override
    public void forward(Conv g, long x, long w, long bias, long residual, long y) {
        compute(g.type(), y, () -> {
            Tensor sum = new Conv2d(g.stride(), g.padding()).apply(read(x, g.type(), input(g)), read(w, g.type(), filter(g)));
            sum = bias == 0 ? sum : sum.add(read(bias, g.type(), Shape.of(g.k())));
            return residual == 0 ? sum : sum.add(read(residual, g.type(), output(g)));
        });
    }

    @Override
    public void backwardData(Conv g, long dy, long w, long dx) {
        compute(g.type(), dx, () -> new Conv2dInput(g.stride(), g.padding(), g.h(), g.w())
                .apply(read(dy, g.type(), output(g)), read(w, g.type(), filter(g))));
    }

    @Override
    public void backwardFilter(Conv g, long x, long dy, long dw) {
        compute(g.type(), dw, () -> new Conv2dWeight(g.stride(), g.padding(), g.r(), g.s())
                .apply(read(x, g.type(), input(g)), read(dy, g.type(), output(g))));
    }

    private static Shape input(Conv g) {
        return Shape.of(g.n(), g.h(), g.w(), g.c());
    }

    private static Shape filter(Conv g) {
        return Shape.of(g.k(), g.r(), g.s(), g.c());
    }

    private static Shape output(Conv g) {
        return Shape.of(g.n(), g.outHeight(), g.outWidth(), g.k());
    }

    private void compute(DType type, long target, Supplier<Tensor> result) {
        device.submit(() -> Autograd.noGrad(() -> {
            try (Scope scope = Scope.open(reference)) {
                write(target, type, result.get().toArray());
            }
            return null;
        }));
    }

    private Tensor read(long address, DType type, Shape shape) {
        ByteBuffer bytes = bytes(shape.size(), type);
        device.read(address, bytes);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = type == DType.F32 ? bytes.getFloat(4 * i) : Cast.fromBf16(bytes.getShort(2 * i));
        }
        return Tensor.of(shape, values);
    }

    private void write(long address, DType type, float[] values) {
        ByteBuffer bytes = bytes(values.length, type);
        for (int i = 0; i < values.length; i++) {
            if (type == DType.F32) {
                bytes.putFloat(4 * i, values[i]);
            } else {
                bytes.putShort(2 * i, Cast.toBf16(values[i]));
            }
        }
        device.write(address, bytes);
    }

    private static ByteBuffer bytes(int size, DType type) {
        return ByteBuffer.allocateDirect(size * type.bytes()).order(ByteOrder.nativeOrder());
    }

    @Override
    public String description() {
        return "the reference backend in double";
    }

    @Override
    public void close() {
        reference.close();
    }
}
