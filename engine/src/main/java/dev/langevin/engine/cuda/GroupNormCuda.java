package dev.langevin.engine.cuda;

import dev.langevin.engine.KernelTable;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Fused;
import dev.langevin.engine.op.GroupNorm;
import dev.langevin.engine.op.GroupNormSilu;
import dev.langevin.engine.op.ModulatedGroupNormSilu;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.Grid;

/**
 * Group normalisation, alone, with SiLU, and modulated by an embedding. An image whose group fits in a block's shared memory
 * takes one launch; a larger one two or three, for so few images at a time that the second launch finds in the cache what the first
 * has read. Groups wider than a block run as the op's twin.
 */
public final class GroupNormCuda {
    private static final int WHOLE = 0;
    private static final int PARTIAL = 1;
    private static final int FINISH = 2;
    private static final int PLAIN = 0;
    private static final int ADAGN = 3;

    private final CudaBackend cuda;
    private final GroupNormTuning tuning;

    private GroupNormCuda(CudaBackend cuda, GroupNormTuning tuning) {
        this.cuda = cuda;
        this.tuning = tuning;
    }

    static void put(KernelTable table, CudaBackend cuda) {
        put(table, cuda, GroupNormTuning.DEFAULT);
    }

    /** Puts the kernels into a backend's table, in place of those that are there. */
    public static void put(KernelTable table, CudaBackend cuda, GroupNormTuning tuning) {
        GroupNormCuda norm = new GroupNormCuda(cuda, tuning);
        table.put(GroupNorm.class, (op, in, out) -> norm.forward(op, new Setting(op.groups(), op.eps(), PLAIN, false), in, out))
                .put(GroupNormSilu.class, (op, in, out) -> norm.forward(op, new Setting(op.groups(), op.eps(), PLAIN, true), in, out))
                .put(ModulatedGroupNormSilu.class, (op, in, out) -> norm.forward(op, Setting.of(op), in, out))
                .putBackward(GroupNorm.class, (op, in, out) ->
                        norm.backward(op, new Setting(op.forward().groups(), op.forward().eps(), PLAIN, false), in, out))
                .putBackward(GroupNormSilu.class, (op, in, out) ->
                        norm.backward(op, new Setting(op.forward().groups(), op.forward().eps(), PLAIN, true), in, out))
                .putBackward(ModulatedGroupNormSilu.class, (op, in, out) -> norm.backward(op, Setting.of(op.forward()), in, out));
    }

    /** What the ops differ in; {@code form} as in the kernels. */
    private record Setting(int groups, double eps, int form, boolean silu) {
        static Setting of(ModulatedGroupNormSilu op) {
            return new Setting(op.groups(), op.eps(), switch (op.form()) {
                case SHIFT -> 1;
                case FILM -> 2;
                case ADAGN -> ADAGN;
            }, true);
        }
    }

    /** The sizes of one call. */
    private record Call(Setting setting, GroupNormTuning tuning, DType type, int n, int hw, int channels, GroupNormPlan plan) {
        static Call of(Setting setting, GroupNormTuning tuning, DType type, Tensor x, int tensors) {
            int n = x.dim(0);
            int channels = x.dim(-1);
            int hw = x.size() / (n * channels);
            return new Call(setting, tuning, type, n, hw, channels,
                    GroupNormPlan.of(tuning, hw, channels, channels / setting.groups(), type.bytes(), tensors));
        }

        boolean whole() {
            return plan.chunks() == 1;
        }

        int images(int tensors) {
            return whole() ? n : (int) Math.clamp(tuning.atATime() / ((long) hw * channels * type.bytes() * tensors), 1, n);
        }

        String kernel(String direction) {
            return "group_norm_" + direction + (plan.vector() == 1 ? "one_" : "") + type.suffix();
        }

        Grid grid(int images, int kept, boolean backward) {
            return plan.grid(images, channels, channels / setting.groups(), type.bytes(), kept, backward);
        }

        Launch finish(Launch launch, int stage, int first) {
            return launch.int32(stage).int32(setting.form()).int32(setting.silu() ? 1 : 0).float32((float) setting.eps())
                    .int32(hw).int32(channels).int32(channels / setting.groups())
                    .int32(plan.tile()).int32(plan.rows()).int32(plan.pixels()).int32(first);
        }
    }

    private void forward(Fused op, Setting setting, Tensor[] in, Tensor[] out) {
        if (out[0].size() == 0) {
            return;
        }
        Call call = Call.of(setting, tuning, DeviceStorage.of(out[0]).type, in[0], 1);
        if (call.plan() == null) {
            Twin.run(cuda, op, in, out);
            return;
        }
        DeviceStorage stats = call.whole() ? null : stats(call);
        int step = call.images(1);
        for (int first = 0; first < call.n(); first += step) {
            int images = Math.min(step, call.n() - first);
            if (stats == null) {
                forward(call, WHOLE, first, images, in, out[0], 0);
            } else {
                forward(call, PARTIAL, first, images, in, null, stats.address);
                forward(call, FINISH, first, images, in, out[0], stats.address);
            }
        }
        if (stats != null) {
            cuda.recycle(stats);
        }
    }

    private void forward(Call call, int stage, int first, int images, Tensor[] in, Tensor y, long stats) {
        Launch launch = cuda.launch(call.kernel("")).raw(y).as(call.type(), in[0]).f32(in[1]).f32(in[2])
                .f32(call.setting().form() == PLAIN ? null : in[3]).address(stats);
        call.finish(launch, stage, first).run(call.grid(images, stage == FINISH ? 0 : 1, false));
    }

    private DeviceStorage stats(Call call) {
        return cuda.take(Math.multiplyExact(3 * call.setting().groups(), call.n() * call.plan().chunks()), DType.F32);
    }

    private void backward(Fused op, Setting setting, Tensor[] in, Tensor[] out) {
        if (in[0].size() == 0) {
            for (Tensor t : out) {
                if (t != null && t.size() > 0) {
                    cuda.issue().zero(DeviceStorage.of(t).address, (long) t.size() * DeviceStorage.of(t).type.bytes());
                }
            }
            return;
        }
        Tensor dx = out[0];
        DType type = DeviceStorage.of(dx != null ? dx : in[0]).type;
        Call call = Call.of(setting, tuning, type, in[0], 2);
        if (call.plan() == null) {
            Twin.run(cuda, op, in, out);
            return;
        }
        WideOutput dweight = new WideOutput(cuda, out[1]);
        WideOutput dbias = new WideOutput(cuda, out[2]);
        WideOutput de = new WideOutput(cuda, setting.form() == PLAIN ? null : out[3]);
        DeviceStorage sums = cuda.take(Math.multiplyExact(2 * call.channels(), call.n()), DType.F32);
        if (call.whole()) {
            backward(call, WHOLE, 0, call.n(), in, dx, 0, sums.address, de.address());
        } else {
            stages(call, in, dx, sums, de);
        }
        if (out[1] != null || out[2] != null) {
            cuda.launch("group_norm_parameters").address(dweight.address()).address(dbias.address()).address(sums.address)
                    .f32(setting.form() == ADAGN ? in[3] : null).int32(call.n()).int32(call.channels())
                    .run(new Grid((call.channels() + 31) / 32, 2, 1, 1024, 0));
        }
        cuda.recycle(sums);
        dweight.done();
        dbias.done();
        de.done();
    }

    private void stages(Call call, Tensor[] in, Tensor dx, DeviceStorage sums, WideOutput de) {
        int chunks = call.plan().chunks();
        int width = 2 * call.channels();
        int form = call.setting().form();
        DeviceStorage stats = stats(call);
        DeviceStorage parts = cuda.take(Math.multiplyExact(width, call.n() * chunks), DType.F32);
        boolean inParts = de.address() != 0 && form != ADAGN;
        int step = call.images(2);
        for (int first = 0; first < call.n(); first += step) {
            int images = Math.min(step, call.n() - first);
            forward(call, PARTIAL, first, images, in, null, stats.address);
            backward(call, PARTIAL, first, images, in, null, stats.address, parts.address, 0);
            merge(sums.address, parts.address, chunks, width, first, images);
            if (dx != null || de.address() != 0) {
                backward(call, FINISH, first, images, in, dx, stats.address, sums.address, inParts ? parts.address : de.address());
            }
            if (inParts) {
                merge(de.address(), parts.address, chunks, form == 1 ? call.channels() : width, first, images);
            }
        }
        cuda.recycle(parts);
        cuda.recycle(stats);
    }

    private void backward(Call call, int stage, int first, int images, Tensor[] in, Tensor dx, long stats, long sums, long de) {
        int form = call.setting().form();
        Launch launch = cuda.launch(call.kernel("backward_")).raw(dx).as(call.type(), in[0]).as(call.type(), in[form == PLAIN ? 3 : 4])
                .f32(in[1]).f32(in[2]).f32(form == PLAIN ? null : in[3]).address(stats).address(sums).address(de);
        call.finish(launch, stage, first).run(call.grid(images, stage == WHOLE ? 2 : 0, true));
    }

    private void merge(long to, long from, int chunks, int width, int first, int images) {
        long n = (long) images * width;
        cuda.launch("group_norm_merge").address(to).address(from).int32(chunks).int32(width).int32(first).int64(n).over(n, 1);
    }
}
