package dev.langevin.engine;

import dev.langevin.engine.op.*;
import dev.langevin.engine.random.RandomKey;
import java.util.Arrays;

/**
 * A value: shape and storage, and, when it was recorded, the op that made it. Contiguous, row-major, immutable, owned
 * by the {@link Scope} in which it was made. Images are (N, H, W, C). Arithmetic broadcasts as in NumPy.
 *
 * <p>Axes may be negative, counted from the end. All methods throw {@link ShapeException} for shapes that do not fit
 * and {@link LangevinException} once the owning scope is closed.
 */
public final class Tensor {
    final long sequence;
    Scope owner;
    /** What made it, where that was recorded; {@link Node#LEAF} where gradients end; null where none flow. */
    Node node;
    private final Shape shape;
    private final Op origin; // null when the values came from the host
    private Storage storage;

    /** In the current scope of {@code state}. */
    Tensor(ThreadState state, Shape shape, Storage storage, Op origin) {
        this.owner = state.scope();
        this.shape = shape;
        this.storage = storage;
        this.origin = origin;
        this.sequence = state.sequence++;
        storage.retain();
        state.own(this);
    }

    // ---- creation, in the current scope ----

    /** A tensor of the given values, row-major. */
    public static Tensor of(Shape shape, double... values) {
        Tensor t = create(shape, values.length);
        t.storage.backend().upload(t.storage, values, 0, values.length);
        return t;
    }

    /** A tensor of the given float32 values, row-major. */
    public static Tensor of(Shape shape, float[] values) {
        Tensor t = create(shape, values.length);
        t.storage.backend().upload(t.storage, values, 0, values.length);
        return t;
    }

    private static Tensor create(Shape shape, int values) {
        if (shape.size() != values) {
            throw new LangevinException("of: shape " + shape + " takes " + shape.size() + " values, got " + values);
        }
        ThreadState state = ThreadState.get();
        return new Tensor(state, shape, state.scope().backend().allocate(Math.max(1, shape.size())), null);
    }

    /** A tensor of rank 0. */
    public static Tensor scalar(double value) {
        return of(Shape.SCALAR, value);
    }

    /** A number for each of N examples, (N, 1, ..., 1): it broadcasts over examples of {@code rank} axes, that of the batch included. */
    public static Tensor perExample(int rank, double... values) {
        int[] dims = new int[rank];
        Arrays.fill(dims, 1);
        dims[0] = values.length;
        return of(Shape.of(dims), values);
    }

    public static Tensor zeros(Shape shape) {
        return full(shape, 0);
    }

    public static Tensor full(Shape shape, double value) {
        return new Full(shape, value).apply();
    }

    /** Standard normal numbers; axis 0 counts images (see {@link RandomKey}). */
    public static Tensor normal(Shape shape, RandomKey key) {
        return new RandomNormal(shape, key).apply();
    }

    /** Numbers uniform in (0, 1); axis 0 counts images (see {@link RandomKey}). */
    public static Tensor uniform(Shape shape, RandomKey key) {
        return new RandomUniform(shape, key).apply();
    }

    // ---- what it is ----

    public Shape shape() {
        return shape;
    }

    /** Length of an axis. */
    public int dim(int axis) {
        return shape.dim(axis);
    }

    public int rank() {
        return shape.rank();
    }

    /** Number of elements. */
    public int size() {
        return shape.size();
    }

    /** The memory behind this tensor; for kernels. */
    public Storage storage() {
        if (storage == null) {
            throw new LangevinException(this + " was used after it was freed: its scope is closed (keep() what must outlive it), or backward() went through it");
        }
        return storage;
    }

    /** Whether gradients flow to this tensor: a leaf that asked for it, or computed from one. */
    public boolean requiresGrad() {
        return node != null;
    }

    /** The value of a tensor with one element. */
    public double item() {
        if (size() != 1) {
            throw new ShapeException("item", "one element", shape);
        }
        return toDoubles()[0];
    }

    /** A copy of the elements on the host, row-major. */
    public float[] toArray() {
        float[] values = new float[size()];
        storage().backend().download(storage(), values, values.length);
        return values;
    }

    /** A copy of the elements on the host in double precision. */
    public double[] toDoubles() {
        double[] values = new double[size()];
        storage().backend().download(storage(), values, values.length);
        return values;
    }

    /** Overwrites the elements of a leaf, such as a parameter that is loaded from a file. */
    public void write(float[] values) {
        if (node != null && node != Node.LEAF || values.length != size()) {
            throw new LangevinException("write: " + this + " takes " + size() + " values and must be a leaf, got " + values.length);
        }
        storage().backend().upload(storage(), values, 0, values.length);
    }

    // ---- recording ----

    /** A leaf over the same storage to which gradients flow. */
    public Tensor requireGrad() {
        Tensor leaf = detach();
        leaf.node = Node.LEAF;
        return leaf;
    }

    /** The same value, cut from what was recorded. */
    public Tensor detach() {
        return new Tensor(ThreadState.get(), shape, storage(), origin);
    }

    /** Gives the storage back now, before the scope is closed. */
    void free() {
        if (storage != null) {
            storage.release();
            storage = null;
            node = node == null || node == Node.LEAF ? null : Node.FREED;
        }
    }

    // ---- arithmetic ----

    /** a + b for a = this, broadcast; throws {@link ShapeException} where the shapes do not. */
    public Tensor add(Tensor b) {
        return new Add().apply(this, b);
    }

    /** a - b for a = this, broadcast; throws {@link ShapeException} where the shapes do not. */
    public Tensor sub(Tensor b) {
        return new Sub().apply(this, b);
    }

    /** a b for a = this, broadcast; throws {@link ShapeException} where the shapes do not. */
    public Tensor mul(Tensor b) {
        return new Mul().apply(this, b);
    }

    /** a / b for a = this, broadcast; throws {@link ShapeException} where the shapes do not. */
    public Tensor div(Tensor b) {
        return new Div().apply(this, b);
    }

    /** Each element plus b, rounded to the precision of the backend first. */
    public Tensor add(double b) {
        return new Affine(1, b).apply(this);
    }

    /** Each element minus b, rounded as in {@link #add(double)}. */
    public Tensor sub(double b) {
        return new Affine(1, -b).apply(this);
    }

    /** Each element times b, rounded as in {@link #add(double)}. */
    public Tensor mul(double b) {
        return new Affine(b, 0).apply(this);
    }

    /** Each element times 1 / b, which is rounded: not to the bit what a division gives. */
    public Tensor div(double b) {
        return new Affine(1 / b, 0).apply(this);
    }

    /** -x. */
    public Tensor neg() {
        return new Affine(-1, 0).apply(this);
    }

    /** e^x; infinite where that overflows. */
    public Tensor exp() {
        return new Exp().apply(this);
    }

    /** exp(x) - 1, exact near 0. */
    public Tensor expm1() {
        return new Expm1().apply(this);
    }

    /** Natural logarithm, NaN below 0. */
    public Tensor log() {
        return new Log().apply(this);
    }

    /** Square root, NaN below 0; its gradient is not finite at 0. */
    public Tensor sqrt() {
        return new Sqrt().apply(this);
    }

    /** x^2. */
    public Tensor square() {
        return new Square().apply(this);
    }

    /** 1 / x; infinite at 0. */
    public Tensor reciprocal() {
        return new Reciprocal().apply(this);
    }

    /** Sine of radians. */
    public Tensor sin() {
        return new Sin().apply(this);
    }

    /** Cosine of radians. */
    public Tensor cos() {
        return new Cos().apply(this);
    }

    /** Hyperbolic tangent. */
    public Tensor tanh() {
        return new Tanh().apply(this);
    }

    /** 1 / (1 + exp(-x)). */
    public Tensor sigmoid() {
        return new Sigmoid().apply(this);
    }

    /** x sigmoid(x). */
    public Tensor silu() {
        return new Silu().apply(this);
    }

    /** max(x, 0). */
    public Tensor relu() {
        return new Relu().apply(this);
    }

    /** |x|; its gradient is 0 at 0. */
    public Tensor abs() {
        return new Abs().apply(this);
    }

    /** 1 where this is greater than b, else 0; its gradient is zero. */
    public Tensor greater(Tensor b) {
        return new Greater().apply(this, b);
    }

    /** This tensor where {@code condition} is not 0, else {@code other}; all three broadcast. */
    public Tensor where(Tensor condition, Tensor other) {
        Shape s = Where.shape(condition.shape(), shape, other.shape());
        return new Where().apply(condition.broadcastTo(s), broadcastTo(s), other.broadcastTo(s));
    }

    // ---- reductions ----

    /** Sum over the given axes, which are dropped; over all when none is given. */
    public Tensor sum(int... axes) {
        return sumKeep(axes).reshape(Reduced.without(shape, axes));
    }

    /** Sum over the given axes, which keep length 1. */
    public Tensor sumKeep(int... axes) {
        return sumTo(Reduced.kept(shape, axes));
    }

    /** Sum to a shape that broadcasts to this tensor's: the adjoint of {@link #broadcastTo}. */
    public Tensor sumTo(Shape target) {
        return target.equals(shape) ? this : new SumTo(target).apply(this);
    }

    /** Mean over the given axes, which are dropped; over all when none is given. */
    public Tensor mean(int... axes) {
        return sum(axes).mul((double) Reduced.kept(shape, axes).size() / size());
    }

    /** Mean over the given axes, which keep length 1. */
    public Tensor meanKeep(int... axes) {
        return sumKeep(axes).mul((double) Reduced.kept(shape, axes).size() / size());
    }

    /** Greatest element over the given axes, which are dropped. */
    public Tensor max(int... axes) {
        return maxKeep(axes).reshape(Reduced.without(shape, axes));
    }

    /** Greatest element over the given axes, which keep length 1. */
    public Tensor maxKeep(int... axes) {
        Shape target = Reduced.kept(shape, axes);
        return target.equals(shape) ? this : new MaxTo(target).apply(this);
    }

    /**
     * Euclidean norm over the given axes, which are dropped; over all when none is given. Its gradient x / norm is not
     * finite where the norm is 0.
     */
    public Tensor norm(int... axes) {
        return square().sum(axes).sqrt();
    }

    // ---- shape ----

    /** The same elements in another shape; one length may be -1 and is then inferred. Shares storage. */
    public Tensor reshape(int... dims) {
        return reshape(Reshape.infer(shape, dims));
    }

    /** As {@link #reshape(int...)}; throws {@link ShapeException} for another number of elements. */
    public Tensor reshape(Shape target) {
        return new Reshape(target).apply(this);
    }

    /** Axis i of the result is axis {@code axes[i]} of this; throws {@link ShapeException} unless each of 0, ..., rank - 1 stands there once. */
    public Tensor permute(int... axes) {
        return new Permute(axes).apply(this);
    }

    /** Swaps the last two axes. */
    public Tensor transpose() {
        int[] axes = new int[rank()];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = i < axes.length - 2 ? i : 2 * axes.length - 3 - i;
        }
        return permute(axes);
    }

    /** Elements [from, to) along an axis; throws {@link ShapeException} unless {@code 0 <= from <= to <= dim(axis)}. */
    public Tensor slice(int axis, int from, int to) {
        return new Slice(shape.axis(axis), from, to).apply(this);
    }

    /** Tensors laid end to end along an axis. */
    public static Tensor concat(int axis, Tensor... parts) {
        return new Concat(parts[0].shape.axis(axis)).apply(parts);
    }

    /** This repeated along the axes that broadcasting stretches; throws {@link ShapeException} where it does not. */
    public Tensor broadcastTo(Shape target) {
        return target.equals(shape) ? this : new BroadcastTo(target).apply(this);
    }

    /** Rows of this table (V, D) at the whole numbers in {@code indices} (...): (..., D). */
    public Tensor gather(Tensor indices) {
        return new Gather().apply(this, indices);
    }

    // ---- networks ----

    /** Matrix product over the last two axes; leading axes must agree. */
    public Tensor matmul(Tensor b) {
        return new MatMul(false, false).apply(this, b);
    }

    /** x w^T + b for x (..., I), w (O, I), b (O) or null. */
    public Tensor linear(Tensor w, Tensor b) {
        return b == null ? new Linear().apply(this, w) : new Linear().apply(this, w, b);
    }

    /** Convolution of (N, H, W, I) with w (O, kh, kw, I) and bias (O) or null. */
    public Tensor conv2d(Tensor w, Tensor b, int stride, int padding) {
        Conv2d op = new Conv2d(stride, padding);
        return b == null ? op.apply(this, w) : op.apply(this, w, b);
    }

    /** Transposed convolution of (N, H, W, I) with w (I, kh, kw, O) and bias (O) or null. */
    public Tensor convTranspose2d(Tensor w, Tensor b, int stride, int padding) {
        Conv2dInput op = Conv2dInput.transposed(shape, w.shape, stride, padding);
        return b == null ? op.apply(this, w) : op.apply(this, w, b);
    }

    /** Each pixel of (N, H, W, C) repeated {@code factor} times in both directions. */
    public Tensor upsampleNearest(int factor) {
        return new UpsampleNearest(factor).apply(this);
    }

    /** Softmax over the last axis. */
    public Tensor softmax() {
        return new Softmax().apply(this);
    }

    /** Self-attention of (N, T, 3 C), queries, keys and values in turn, with C / heads channels a head: (N, T, C); see {@link Attention}. */
    public Tensor attention(int heads) {
        return new Attention(heads).apply(this);
    }

    /** Each element 0 with probability {@code rate} in [0, 1), else x / (1 - rate), as the key says; see {@link Dropout}. */
    public Tensor dropout(double rate, RandomKey key) {
        return new Dropout(rate, key).apply(this);
    }

    /** Group normalisation of (N, ..., C) with scale and shift (C); see {@link GroupNorm}. */
    public Tensor groupNorm(int groups, Tensor weight, Tensor bias, double eps) {
        return new GroupNorm(groups, eps).apply(this, weight, bias);
    }

    /** SiLU of {@link #groupNorm}, in one pass. */
    public Tensor groupNormSilu(int groups, Tensor weight, Tensor bias, double eps) {
        return new GroupNormSilu(groups, eps).apply(this, weight, bias);
    }

    /** Origin and shape, for messages. */
    @Override
    public String toString() {
        return "tensor " + shape + " made by " + (origin == null ? "of" : origin.name());
    }
}
