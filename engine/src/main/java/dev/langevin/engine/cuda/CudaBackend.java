package dev.langevin.engine.cuda;

import dev.langevin.engine.Backend;
import dev.langevin.engine.KernelTable;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Repeated;
import dev.langevin.engine.Storage;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.op.Op;
import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath;
import dev.langevin.kernels.KernelLibrary;
import dev.langevin.kernels.driver.CudaLibraries;
import dev.langevin.kernels.driver.DriverRuntime;
import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * CUDA: our kernels through a {@link CudaRuntime}, matrix products and convolutions through a {@link DenseMath}. One
 * stream, so everything runs in the order in which it was issued; the host waits only where it reads a value.
 */
public final class CudaBackend implements Backend {
    /** Property: "true" for pieces of device memory that are as long as asked for and never used again ({@link DevicePool}). */
    private static final String EXACT = "langevin.cuda.exact";
    private static final int STAGING_BYTES = 1 << 20;

    private final CudaRuntime runtime;
    private final DenseMath dense;
    private final Precision precision;
    private final KernelLibrary library;
    private final KernelTable kernels;
    private final StorageTypes types;
    private final DevicePool ownPool;
    private DevicePool pool;
    private long bytesHeld;
    private final EagerIssue eager;
    private final Map<Integer, ArrayDeque<ByteBuffer>> pinned = new HashMap<>();
    private final ArrayDeque<Launch> launches = new ArrayDeque<>();
    private Issue issue;
    private ByteBuffer staging = direct(STAGING_BYTES);

    /**
     * On this machine's GPU, with its driver, cuBLAS and cuDNN. The same call gives the same bits in every run, unless
     * {@code -Dlangevin.cuda.deterministic=false} lets cuDNN take the algorithm that was fastest when it was tried;
     * {@code -Dlangevin.cuda.cudnn=false} computes convolutions without cuDNN, slower, to tell its faults from ours;
     * {@code -Dlangevin.cuda.graphs=false} goes through every step of training and sampling as it is written, slower.
     *
     * @throws CudaException when there is no GPU, or it cannot be used; the message says why, and what to do
     */
    public static CudaBackend device(Precision precision) {
        DriverRuntime runtime = new DriverRuntime(NativeLibraries.load().device().index());
        DenseMath dense = null;
        try {
            dense = new CudaLibraries(runtime, precision == Precision.TF32, on("deterministic"), on("cudnn"));
            return new CudaBackend(runtime, dense, precision);
        } catch (RuntimeException | Error e) {
            if (dense != null) {
                dense.close();
            }
            runtime.close();
            throw e;
        }
    }

    private static boolean on(String property) {
        return Boolean.parseBoolean(System.getProperty("langevin.cuda." + property, "true"));
    }

    /** Takes both over: {@link #close} closes them. */
    public CudaBackend(CudaRuntime runtime, DenseMath dense, Precision precision) {
        this(runtime, dense, precision, Boolean.getBoolean(EXACT));
    }

    private CudaBackend(CudaRuntime runtime, DenseMath dense, Precision precision, boolean exact) {
        this.ownPool = new DevicePool(this, exact);
        this.pool = ownPool;
        this.runtime = runtime;
        this.dense = dense;
        this.precision = precision;
        this.library = new KernelLibrary();
        this.eager = new EagerIssue(runtime, dense);
        this.issue = eager;
        this.kernels = CudaKernels.table(this);
        this.types = new StorageTypes(precision);
    }

    /** Our kernels on the emulator, matrix products and convolutions by the reference backend: CUDA without a GPU, for tests. */
    public static CudaBackend emulated(Precision precision) {
        EmulatorRuntime emulator = new EmulatorRuntime();
        return new CudaBackend(emulator, new ReferenceDense(emulator), precision, true);
    }

    @Override
    public String name() {
        return "cuda";
    }

    public CudaRuntime runtime() {
        return runtime;
    }

    public DenseMath dense() {
        return dense;
    }

    public Precision precision() {
        return precision;
    }

    /** The kernels by name; a user's own can be added. */
    public KernelLibrary library() {
        return library;
    }

    @Override
    public KernelTable kernels() {
        return kernels;
    }

    /** Starts the launch of a kernel; for kernels' adapters. */
    public Launch launch(String kernel) {
        Launch launch = launches.isEmpty() ? new Launch(this) : launches.pop();
        return launch.of(library.get(kernel));
    }

    /** Takes a launch back for the next kernel: its memory outside the heap is costly to make. */
    void finished(Launch launch) {
        launches.push(launch);
    }

    /** Where launches, copies and library calls go now. */
    Issue issue() {
        return issue;
    }

    /** How much was issued at once so far, past every captured step. */
    long issued() {
        return eager.issued();
    }

    /** Counts device memory that a pool has taken, or for a negative number given back. */
    void hold(long bytes) {
        bytesHeld += bytes;
    }

    /** Sends what is issued elsewhere, with memory from another pool or, for null, from the backend's own, until {@link #restore}. */
    void redirect(Issue to, DevicePool from) {
        if (issue != eager) {
            throw new LangevinException("a repeated step must not run another repeated step");
        }
        issue = to;
        pool = from == null ? ownPool : from;
    }

    /** Back to issuing at once, with memory from the backend's own pool. */
    void restore() {
        issue = eager;
        pool = ownPool;
    }

    /** Gives pooled memory back to the device where what a captured step will ask for may not fit beside it. */
    void makeRoom() {
        if (runtime.memory()[0] < ownPool.bytes()) {
            ownPool.trim();
        }
    }

    boolean exactPieces() {
        return ownPool.exact();
    }

    /** Page-locked memory of at least {@code bytes}, until it is given back. */
    ByteBuffer borrowPinned(int bytes) {
        int rounded = Math.max(4096, Integer.highestOneBit(Math.max(1, bytes - 1)) << 1);
        ArrayDeque<ByteBuffer> free = pinned.get(rounded);
        return free == null || free.isEmpty() ? runtime.pinned(rounded) : free.pop();
    }

    void returnPinned(ByteBuffer buffer) {
        pinned.computeIfAbsent(buffer.capacity(), k -> new ArrayDeque<>()).push(buffer);
    }

    // ---- memory ----

    @Override
    public Storage allocate(int size) {
        return take(size, DType.F32);
    }

    @Override
    public Storage allocate(Op op, Tensor[] in, int output, int size) {
        return take(size, types.of(op, in, output));
    }

    /** Memory for {@code size} elements of a type, to be given back by {@link #recycle}. */
    DeviceStorage take(int size, DType type) {
        return take(pool, size, type);
    }

    private static DeviceStorage take(DevicePool pool, int size, DType type) {
        DeviceStorage storage = pool.take(type == DType.F32 ? size : size / 2 + size % 2);
        storage.type = type;
        storage.shadowFresh = false;
        return storage;
    }

    @Override
    public void recycle(Storage storage) {
        DeviceStorage piece = (DeviceStorage) storage;
        if (piece.shadow != null) {
            piece.shadow.pool.give(piece.shadow);
            piece.shadow = null;
        }
        piece.pool.give(piece);
    }

    /**
     * The address of a tensor's elements as bfloat16. Of float32 elements a copy is made and kept beside them, until they
     * are written by anything but an update that refreshes the copy in the same pass.
     */
    long bf16(Tensor tensor) {
        DeviceStorage storage = DeviceStorage.of(tensor);
        if (storage.type == DType.BF16) {
            return storage.address;
        }
        if (storage.shadow == null) {
            // From the same pool: a weight's copy outlives the graph of the step that asked for it first.
            storage.shadow = take(storage.pool, tensor.size(), DType.BF16);
            storage.shadowFresh = false;
        }
        if (!storage.shadowFresh) {
            Cast.toBf16(this, storage.shadow.address, storage.address, tensor.size());
            storage.shadowFresh = true;
        }
        return storage.shadow.address;
    }

    // ---- host ----

    @Override
    public void upload(Storage target, double[] source, int offset, int length) {
        ByteBuffer bytes = staging(length * 4L);
        for (int i = 0; i < length; i++) {
            bytes.putFloat(4 * i, (float) source[offset + i]);
        }
        upload((DeviceStorage) target, bytes);
    }

    @Override
    public void upload(Storage target, float[] source, int offset, int length) {
        ByteBuffer bytes = staging(length * 4L);
        bytes.asFloatBuffer().put(source, offset, length);
        upload((DeviceStorage) target, bytes);
    }

    private void upload(DeviceStorage target, ByteBuffer float32) {
        target.shadowFresh = false;
        if (target.type == DType.F32) {
            issue.upload(target, float32);
            return;
        }
        // A piece that was taken for bfloat16 has no room for these.
        int size = float32.remaining() / Float.BYTES;
        DeviceStorage wide = take(size, DType.F32);
        issue.upload(wide, float32);
        Cast.toBf16(this, target.address, wide.address, size);
        recycle(wide);
    }

    @Override
    public void download(Storage source, double[] target, int length) {
        ByteBuffer bytes = download((DeviceStorage) source, length);
        boolean wide = ((DeviceStorage) source).type == DType.F32;
        for (int i = 0; i < length; i++) {
            target[i] = wide ? bytes.getFloat(4 * i) : Cast.fromBf16(bytes.getShort(2 * i));
        }
    }

    @Override
    public void download(Storage source, float[] target, int length) {
        ByteBuffer bytes = download((DeviceStorage) source, length);
        if (((DeviceStorage) source).type == DType.F32) {
            bytes.asFloatBuffer().get(target, 0, length);
        } else {
            for (int i = 0; i < length; i++) {
                target[i] = Cast.fromBf16(bytes.getShort(2 * i));
            }
        }
    }

    private ByteBuffer download(DeviceStorage source, int length) {
        ByteBuffer bytes = staging((long) length * source.type.bytes());
        if (length > 0) {
            issue.download(bytes, source.address);
        }
        return bytes;
    }

    @Override
    public void copy(Storage target, Storage source, int length) {
        DeviceStorage to = (DeviceStorage) target;
        DeviceStorage from = (DeviceStorage) source;
        to.shadowFresh = false;
        if (to.type == from.type) {
            issue.copy(to.address, from.address, (long) length * to.type.bytes());
        } else if (to.type == DType.F32) {
            Cast.toFloat(this, to.address, from.address, length);
        } else {
            Cast.toBf16(this, to.address, from.address, length);
        }
    }

    private ByteBuffer staging(long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new LangevinException("a tensor of " + (bytes >> 20) + " MiB is too large to be copied from or to the host at once; take slices of it");
        }
        if (staging.capacity() < bytes) {
            staging = direct((int) bytes);
        }
        return staging.clear().limit((int) bytes);
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    // ---- the rest ----

    @Override
    public Repeated repeated(LongConsumer step) {
        return on("graphs") ? new StepGraph(this, step) : step::accept;
    }

    @Override
    public long bytesHeld() {
        return bytesHeld;
    }

    @Override
    public void close() {
        runtime.synchronize();
        ownPool.close();
        dense.close();
        runtime.close();
    }
}
