package dev.langevin.kernels.driver;

import static jcuda.jcudnn.JCudnn.cudnnConvolutionBackwardData;
import static jcuda.jcudnn.JCudnn.cudnnConvolutionBackwardFilter;
import static jcuda.jcudnn.JCudnn.cudnnConvolutionBiasActivationForward;
import static jcuda.jcudnn.JCudnn.cudnnConvolutionForward;
import static jcuda.jcudnn.JCudnn.cudnnCreate;
import static jcuda.jcudnn.JCudnn.cudnnCreateActivationDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroy;
import static jcuda.jcudnn.JCudnn.cudnnDestroyActivationDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnGetErrorString;
import static jcuda.jcudnn.JCudnn.cudnnGetVersion;
import static jcuda.jcudnn.JCudnn.cudnnSetActivationDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetStream;

import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath.Conv;
import dev.langevin.kernels.driver.DnnConvolution.Direction;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.runtime.cudaStream_t;

/**
 * Convolutions by cuDNN, through the calls that version 8 and 9 share. The algorithm for a convolution is chosen when it
 * first comes: by cuDNN's heuristics among those whose sums have a fixed order, so that every run chooses the same and
 * gives the same bits; or, where that is not asked for, by trying all.
 */
final class Dnn {
    /** Algorithms that want more are not used. */
    private static final long MOST_WORKSPACE = 512L << 20;

    /** What a call has done: nothing, for cuDNN has no algorithm; the convolution; or bias and residual as well. */
    enum Done {
        NOTHING,
        CONVOLUTION,
        ALL
    }

    private record Key(Direction direction, Conv shape) {
    }

    private final DriverRuntime runtime;
    private final Workspace workspace;
    private final boolean tf32;
    private final boolean deterministic;
    private final cudnnHandle handle = new cudnnHandle();
    private final cudnnActivationDescriptor identity = new cudnnActivationDescriptor();
    private final Map<Key, DnnConvolution> convolutions = new HashMap<>();
    private final ByteBuffer scalars = Address.memory(8).putFloat(0, 1);
    private final Pointer one = Address.of(Address.of(scalars));
    private final Pointer zero = Address.of(Address.of(scalars) + 4);

    Dnn(DriverRuntime runtime, Workspace workspace, boolean tf32, boolean deterministic) {
        this.runtime = runtime;
        this.workspace = workspace;
        this.tf32 = tf32;
        this.deterministic = deterministic;
        runtime.bind();
        JCudnn.setExceptionsEnabled(false);
        CudaStatus.dnn(cudnnCreate(handle), "cudnnCreate", null);
        CudaStatus.dnn(cudnnSetStream(handle, new cudaStream_t(runtime.stream())), "cudnnSetStream", null);
        CudaStatus.dnn(cudnnCreateActivationDescriptor(identity), "cudnnCreateActivationDescriptor", null);
        CudaStatus.dnn(cudnnSetActivationDescriptor(identity, cudnnActivationMode.CUDNN_ACTIVATION_IDENTITY, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, 0),
                "cudnnSetActivationDescriptor", null);
    }

    Done forward(Conv shape, long x, long w, long bias, long residual, long y) {
        Pointer px = Address.of(x);
        Pointer pw = Address.of(w);
        Pointer py = Address.of(y);
        if (bias != 0) {
            Direction direction = residual == 0 ? Direction.FORWARD_BIAS : Direction.FORWARD_BIAS_RESIDUAL;
            DnnConvolution fused = convolution(direction, shape, px, pw, py);
            // Without a residual y stands in for it, times zero.
            Pointer z = residual == 0 ? py : Address.of(residual);
            Pointer zScale = residual == 0 ? zero : one;
            if (run(fused, (algorithm, memory) -> cudnnConvolutionBiasActivationForward(handle, one, fused.x, px, fused.w, pw, fused.convolution, algorithm,
                    memory, fused.workspace, zScale, fused.y, z, fused.bias, Address.of(bias), identity, fused.y, py))) {
                return Done.ALL;
            }
        }
        DnnConvolution c = convolution(Direction.FORWARD, shape, px, pw, py);
        return run(c, (algorithm, memory) -> cudnnConvolutionForward(handle, one, c.x, px, c.w, pw, c.convolution, algorithm, memory, c.workspace, zero, c.y, py))
                ? Done.CONVOLUTION : Done.NOTHING;
    }

    /** @return false when cuDNN has no algorithm for it */
    boolean backwardData(Conv shape, long dy, long w, long dx) {
        Pointer px = Address.of(dx);
        Pointer pw = Address.of(w);
        Pointer py = Address.of(dy);
        DnnConvolution c = convolution(Direction.BACKWARD_DATA, shape, px, pw, py);
        return run(c, (algorithm, memory) -> cudnnConvolutionBackwardData(handle, one, c.w, pw, c.y, py, c.convolution, algorithm, memory, c.workspace,
                zero, c.x, px));
    }

    /** @return false when cuDNN has no algorithm for it */
    boolean backwardFilter(Conv shape, long x, long dy, long dw) {
        Pointer px = Address.of(x);
        Pointer pw = Address.of(dw);
        Pointer py = Address.of(dy);
        DnnConvolution c = convolution(Direction.BACKWARD_FILTER, shape, px, pw, py);
        return run(c, (algorithm, memory) -> cudnnConvolutionBackwardFilter(handle, one, c.x, px, c.y, py, c.convolution, algorithm, memory, c.workspace,
                zero, c.w, pw));
    }

    private interface Attempt {
        int run(int algorithm, Pointer memory);
    }

    private boolean run(DnnConvolution c, Attempt attempt) {
        while (!c.algorithms.isEmpty()) {
            DnnAlgorithm algorithm = c.algorithms.getFirst();
            if (c.workspace >= 0 || prepare(c, algorithm)) {
                int status = attempt.run(algorithm.number(), Address.of(workspace.at(c.workspace)));
                if (status == 0) {
                    return true;
                }
                if (!refused(status)) {
                    CudaStatus.dnn(status, "cudnn, " + c.direction + ", algorithm " + algorithm.number(), c.shape);
                }
            }
            c.algorithms.removeFirst();
            c.workspace = -1;
        }
        return false;
    }

    private boolean prepare(DnnConvolution c, DnnAlgorithm algorithm) {
        if (tf32 || c.shape.type() == DType.BF16) {
            // Plain float32 stays with what it asked for, whatever the algorithm could use.
            c.math(algorithm.math());
        }
        long[] bytes = new long[1];
        int status = c.workspace(handle, algorithm.number(), bytes);
        if (status != 0 && !refused(status)) {
            CudaStatus.dnn(status, "cudnnGetConvolutionWorkspaceSize, " + c.direction, c.shape);
        }
        if (status != 0 || bytes[0] > MOST_WORKSPACE) {
            return false;
        }
        c.workspace = bytes[0];
        return true;
    }

    private DnnConvolution convolution(Direction direction, Conv shape, Pointer x, Pointer w, Pointer y) {
        runtime.bind();
        Key key = new Key(direction, shape);
        DnnConvolution known = convolutions.get(key);
        if (known == null) {
            known = new DnnConvolution(direction, shape, tf32);
            search(known, x, w, y);
            convolutions.put(key, known);
        }
        return known;
    }

    private void search(DnnConvolution c, Pointer x, Pointer w, Pointer y) {
        List<DnnAlgorithm> found = new ArrayList<>();
        try {
            int status = deterministic || runtime.capturing() ? c.expected(handle, found) : measure(c, x, w, y, found);
            if (status != 0) {
                if (!refused(status)) {
                    CudaStatus.dnn(status, "search for a convolution's algorithm, " + c.direction, c.shape);
                }
                return;
            }
        } catch (ArrayIndexOutOfBoundsException refused) {
            // JCudnn reads the number of algorithms also when cuDNN has refused and written none.
            return;
        }
        found.stream().filter(a -> a.serves(c.direction) && (a.deterministic() || !deterministic)).forEach(c.algorithms::add);
    }

    private int measure(DnnConvolution c, Pointer x, Pointer w, Pointer y, List<DnnAlgorithm> found) {
        long bytes = Math.min(MOST_WORKSPACE, runtime.memory()[0] / 2);
        Workspace scratch = new Workspace(runtime);
        try {
            return c.measured(handle, x, w, y, Address.of(scratch.at(bytes)), bytes, found);
        } finally {
            scratch.close();
        }
    }

    /** Whether a status says only that cuDNN does not do this convolution, and not that it does none here. */
    private static boolean refused(int status) {
        String name = cudnnGetErrorString(status);
        return (name.contains("NOT_SUPPORTED") || name.contains("BAD_PARAM"))
                && !name.contains("INCOMPATIBLE") && !name.contains("ARCH_MISMATCH") && !name.contains("SUBLIBRARY");
    }

    /** The library's version: {@code 9.12.0}. */
    String version() {
        long version = cudnnGetVersion();
        long major = version >= 10000 ? version / 10000 : version / 1000;
        return major + "." + version % (version >= 10000 ? 10000 : 1000) / 100 + "." + version % 100;
    }

    /** Statuses are not looked at: after a lost context every call fails, and there is nothing left to free. */
    void close() {
        runtime.bind();
        convolutions.values().forEach(DnnConvolution::close);
        cudnnDestroyActivationDescriptor(identity);
        cudnnDestroy(handle);
    }
}
