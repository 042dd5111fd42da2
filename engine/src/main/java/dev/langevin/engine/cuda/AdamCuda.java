package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.update.AdamStep;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The optimiser's step over many tensors: adam.cu. */
final class AdamCuda {
    /** As in adam.cu. */
    private static final int TENSORS = 64;
    private static final int CHUNK = 4096;
    private static final int SLICE_BYTES = 56;
    private static final int VALUE_BYTES = 16;
    private static final int RATES_BYTES = 4 * VALUE_BYTES + 24;

    private AdamCuda() {
    }

    static void put(KernelTable table, CudaBackend cuda) {
        table.put(AdamStep.class, (op, operands, overwritten) -> step(cuda, op, operands));
    }

    /** Tensors of one launch: the structure {@code Slices}, and how many blocks they are. */
    private record Group(ByteBuffer slices, int blocks) {
    }

    private static void step(CudaBackend cuda, AdamStep op, Tensor[] operands) {
        int n = op.count();
        Tensor norm = operands[4 * n];
        DeviceStorage.of(norm).shadowFresh = false;
        List<DeviceStorage> wide = new ArrayList<>();
        List<Group> groups = new ArrayList<>();
        int blocks = 0;
        for (int i = 0; i < n; i += TENSORS) {
            groups.add(group(cuda, op, operands, i, Math.min(n, i + TENSORS), wide));
            blocks += groups.getLast().blocks();
        }
        DeviceStorage partial = cuda.take(Math.max(1, blocks), DType.F32);
        long at = partial.address;
        for (Group group : groups) {
            cuda.launch("adam_squares").address(at).struct(group.slices()).run(Grid.of(group.blocks(), 256));
            at += 4L * group.blocks();
        }
        cuda.launch("adam_norm").raw(norm).address(partial.address).int32(blocks).run(Grid.of(1, 1024));
        ByteBuffer rates = rates(op);
        for (Group group : groups) {
            cuda.launch("adam_step").raw(norm).struct(rates, 0, VALUE_BYTES, 2 * VALUE_BYTES, 3 * VALUE_BYTES).struct(group.slices())
                    .run(Grid.of(group.blocks(), 256));
        }
        cuda.recycle(partial);
        wide.forEach(cuda::recycle);
    }

    /** Tensors [from, to); gradients that are stored as bfloat16 are converted, into memory that is added to {@code wide}. */
    private static Group group(CudaBackend cuda, AdamStep op, Tensor[] operands, int from, int to, List<DeviceStorage> wide) {
        int n = op.count();
        ByteBuffer slices = ByteBuffer.allocate(TENSORS * SLICE_BYTES + 8).order(ByteOrder.nativeOrder());
        int blocks = 0;
        for (int i = from; i < to; i++) {
            for (int state = 0; state < 4; state++) {
                slices.putLong(DeviceStorage.of(operands[state * n + i]).address);
            }
            slices.putLong(gradient(cuda, operands[4 * n + 1 + i], wide));
            slices.putLong(shadow(operands, n, i)).putInt(operands[i].size()).putInt(blocks);
            blocks += Math.ceilDiv(operands[i].size(), CHUNK);
        }
        return new Group(slices.putInt(TENSORS * SLICE_BYTES, to - from).rewind(), blocks);
    }

    private static long gradient(CudaBackend cuda, Tensor g, List<DeviceStorage> wide) {
        DeviceStorage storage = DeviceStorage.of(g);
        if (storage.type == DType.F32) {
            return storage.address;
        }
        wide.add(cuda.take(g.size(), DType.F32));
        Cast.toFloat(cuda, wide.getLast().address, storage.address, g.size());
        return wide.getLast().address;
    }

    /** Address of the parameter's bfloat16 copy where it is to be kept fresh, or 0; the other state's copies go stale. */
    private static long shadow(Tensor[] operands, int n, int i) {
        for (int state = 1; state < 4; state++) {
            DeviceStorage.of(operands[state * n + i]).shadowFresh = false;
        }
        DeviceStorage p = DeviceStorage.of(operands[i]);
        return p.shadowFresh ? p.shadow.address : 0;
    }

    /** The structure {@code Rates}. */
    private static ByteBuffer rates(AdamStep op) {
        ByteBuffer rates = ByteBuffer.allocate(RATES_BYTES).order(ByteOrder.nativeOrder());
        value(rates, 1 - op.learningRate() * op.weightDecay());
        value(rates, op.learningRate() / op.biasCorrection1());
        value(rates, 1 / Math.sqrt(op.biasCorrection2()));
        value(rates, 1 - op.emaDecay());
        return rates.putFloat((float) (1 - op.beta1())).putFloat((float) op.beta2()).putFloat((float) (1 - op.beta2()))
                .putFloat((float) op.eps()).putFloat((float) op.maxNorm()).putInt(0).flip();
    }

    private static void value(ByteBuffer struct, double value) {
        struct.putLong(0).putFloat((float) value).putInt(0);
    }
}
