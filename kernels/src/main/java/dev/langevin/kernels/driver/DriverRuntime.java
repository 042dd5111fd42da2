package dev.langevin.kernels.driver;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDeviceGet;
import static jcuda.driver.JCudaDriver.cuDeviceGetAttribute;
import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDeviceGetName;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRelease;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphGetNodes;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static jcuda.driver.JCudaDriver.cuMemHostAlloc;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.Grid;
import dev.langevin.kernels.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A GPU, through JCuda's driver API: its primary context, which cuBLAS and cuDNN share, and one stream. May be called
 * from several platform threads one after another.
 */
public final class DriverRuntime implements CudaRuntime {
    /** Least driver, as CUDA counts: 12.0. The kernels' PTX is of that version. */
    private static final int LEAST_DRIVER = 12000;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final CUstream stream = new CUstream();
    private final Events events;
    private final LoadedKernels kernels;
    private final Staging staging = new Staging(this);
    private final String name;
    private final int multiprocessors;
    private final List<Pointer> pinned = new ArrayList<>();
    /** Page-locked memory: first address to number of bytes. */
    private final TreeMap<Long, Long> pinnedBytes = new TreeMap<>();
    private final int capability;
    private Thread bound;
    private boolean capturing;

    /**
     * Opens a GPU.
     *
     * @param ordinal number of the GPU, in [0, {@link #devices})
     * @throws CudaException when there is none of that number, or driver or GPU are too old
     */
    public DriverRuntime(int ordinal) {
        int count = devices();
        if (ordinal < 0 || ordinal >= count) {
            throw new CudaException("there is no GPU " + ordinal + "; the driver has " + count + ", numbered from 0 (see nvidia-smi and CUDA_VISIBLE_DEVICES)");
        }
        int driver = driverVersion();
        if (driver < LEAST_DRIVER) {
            throw new CudaException("the NVIDIA driver serves CUDA " + driver / 1000 + "." + driver % 1000 / 10 + "; the kernels need 12.0 or newer: update the driver");
        }
        CudaStatus.driver(cuDeviceGet(device, ordinal), "cuDeviceGet", ordinal);
        byte[] bytes = new byte[256];
        CudaStatus.driver(cuDeviceGetName(bytes, bytes.length, device), "cuDeviceGetName");
        name = MemorySegment.ofArray(bytes).getString(0);
        multiprocessors = attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        capability = 10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        if (capability < 80) {
            throw new CudaException(name + " has compute capability " + capability / 10 + "." + capability % 10 + "; the kernels need 8.0 or newer");
        }
        CudaStatus.driver(cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain", name);
        bind();
        CudaStatus.driver(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
        events = new Events(stream);
        kernels = new LoadedKernels(stream);
    }

    /** How many GPUs the driver has. */
    public static int devices() {
        JCudaDriver.setExceptionsEnabled(false);
        CudaStatus.driver(cuInit(0), "cuInit");
        int[] count = new int[1];
        CudaStatus.driver(cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    private static int driverVersion() {
        int[] version = new int[1];
        CudaStatus.driver(cuDriverGetVersion(version), "cuDriverGetVersion");
        return version[0];
    }

    private int attribute(int which) {
        int[] value = new int[1];
        CudaStatus.driver(cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute", which);
        return value[0];
    }

    /** Makes the context that of the calling thread; before every call of the driver and of libraries that use it. */
    void bind() {
        Thread thread = Thread.currentThread();
        if (thread != bound) {
            if (thread.isVirtual()) {
                throw new CudaException("CUDA is called from a virtual thread, which has no context of its own; use a platform thread");
            }
            CudaStatus.driver(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            bound = thread;
        }
    }

    CUstream stream() {
        return stream;
    }

    boolean capturing() {
        return capturing;
    }

    @Override
    public String device() {
        return name;
    }

    @Override
    public int multiprocessors() {
        return multiprocessors;
    }

    /** Compute capability times 10: 90 for an H100. */
    public int capability() {
        return capability;
    }

    @Override
    public long allocate(long bytes) {
        bind();
        Address.Given given = new Address.Given();
        int status = cuMemAlloc(given, Math.max(1, bytes));
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
            throw new OutOfMemoryError(bytes + " bytes of device memory on " + name);
        }
        CudaStatus.driver(status, "cuMemAlloc", bytes);
        return given.address();
    }

    @Override
    public void free(long address) {
        notWhileCapturing("free");
        synchronize();
        CudaStatus.driver(cuMemFree(Address.device(address)), "cuMemFree", address);
    }

    @Override
    public ByteBuffer pinned(int bytes) {
        bind();
        Pointer memory = new Pointer();
        CudaStatus.driver(cuMemHostAlloc(memory, Math.max(1, bytes), 0), "cuMemHostAlloc", bytes);
        pinned.add(memory);
        ByteBuffer buffer = memory.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
        MemorySegment.ofBuffer(buffer).fill((byte) 0);
        pinnedBytes.put(Address.of(buffer), (long) bytes);
        return buffer;
    }

    private boolean isPinned(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            return false;
        }
        long address = Address.of(buffer);
        Map.Entry<Long, Long> piece = pinnedBytes.floorEntry(address);
        return piece != null && address + buffer.limit() <= piece.getKey() + piece.getValue();
    }

    @Override
    public void upload(long target, ByteBuffer source) {
        bind();
        if (isPinned(source)) {
            uploadPinned(target, source);
        } else {
            notWhileCapturing("upload from memory that is not page-locked");
            staging.upload(target, source, this::uploadPinned);
        }
    }

    private void uploadPinned(long target, ByteBuffer source) {
        if (source.hasRemaining()) {
            CudaStatus.driver(cuMemcpyHtoDAsync(Address.device(target), Address.of(Address.of(source) + source.position()), source.remaining(), stream),
                    "cuMemcpyHtoDAsync");
        }
    }

    @Override
    public void download(ByteBuffer target, long source) {
        bind();
        notWhileCapturing("download");
        if (target.hasRemaining()) {
            ByteBuffer direct = target.isDirect() ? target : Address.memory(target.remaining());
            CudaStatus.driver(cuMemcpyDtoHAsync(Address.of(Address.of(direct) + direct.position()), Address.device(source), target.remaining(), stream),
                    "cuMemcpyDtoHAsync");
            synchronize();
            if (direct != target) {
                target.put(target.position(), direct, 0, target.remaining());
            }
            Reference.reachabilityFence(direct);
        }
    }

    @Override
    public void copy(long target, long source, long bytes) {
        bind();
        if (bytes > 0) {
            CudaStatus.driver(cuMemcpyDtoDAsync(Address.device(target), Address.device(source), bytes, stream), "cuMemcpyDtoDAsync");
        }
    }

    @Override
    public void zero(long target, long bytes) {
        bind();
        if (bytes > 0) {
            CudaStatus.driver(cuMemsetD8Async(Address.device(target), (byte) 0, bytes, stream), "cuMemsetD8Async");
        }
    }

    @Override
    public void launch(Kernel kernel, Grid grid, ByteBuffer arguments) {
        bind();
        kernels.launch(kernel, grid, arguments);
    }

    @Override
    public void synchronize() {
        bind();
        CudaStatus.driver(cuStreamSynchronize(stream), "cuStreamSynchronize");
    }

    @Override
    public void beginCapture() {
        bind();
        notWhileCapturing("begin another capture");
        // Relaxed: a module may be loaded, and memory taken, while a step is recorded for the first time.
        CudaStatus.driver(cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
        capturing = true;
    }

    @Override
    public Graph endCapture() {
        bind();
        capturing = false;
        CUgraph recorded = new CUgraph();
        CudaStatus.driver(cuStreamEndCapture(stream, recorded), "cuStreamEndCapture");
        try {
            return new Recorded(recorded);
        } finally {
            cuGraphDestroy(recorded);
        }
    }

    @Override
    public void abandonCapture() {
        bind();
        capturing = false;
        CUgraph recorded = new CUgraph();
        if (cuStreamEndCapture(stream, recorded) == CUresult.CUDA_SUCCESS) {
            cuGraphDestroy(recorded);
        }
    }

    private void notWhileCapturing(String what) {
        if (capturing) {
            throw new CudaException("cannot " + what + " while a graph is recorded");
        }
    }

    @Override
    public long mark() {
        bind();
        notWhileCapturing("mark a time");
        return events.record();
    }

    @Override
    public double milliseconds(long from, long to) {
        bind();
        return events.milliseconds(from, to);
    }

    @Override
    public void await(long mark) {
        bind();
        events.await(mark);
    }

    @Override
    public long[] memory() {
        bind();
        long[] free = new long[1];
        long[] total = new long[1];
        CudaStatus.driver(cuMemGetInfo(free, total), "cuMemGetInfo");
        return new long[] {free[0], total[0]};
    }

    /** Statuses are not looked at: after a lost context every call fails, and the driver frees what is left. */
    @Override
    public void close() {
        bind();
        cuStreamSynchronize(stream);
        events.close();
        kernels.close();
        pinned.forEach(p -> cuMemFreeHost(p));
        cuStreamDestroy(stream);
        cuDevicePrimaryCtxRelease(device);
    }

    private final class Recorded implements Graph {
        private final CUgraphExec graph = new CUgraphExec();
        private final int nodes;

        Recorded(CUgraph recorded) {
            long[] count = new long[1];
            CudaStatus.driver(cuGraphGetNodes(recorded, null, count), "cuGraphGetNodes");
            nodes = (int) count[0];
            CudaStatus.driver(cuGraphInstantiate(graph, recorded, 0), "cuGraphInstantiate", nodes + " nodes");
        }

        @Override
        public void launch() {
            bind();
            CudaStatus.driver(cuGraphLaunch(graph, stream), "cuGraphLaunch");
        }

        @Override
        public int nodes() {
            return nodes;
        }

        @Override
        public void close() {
            bind();
            cuGraphExecDestroy(graph);
        }
    }
}
