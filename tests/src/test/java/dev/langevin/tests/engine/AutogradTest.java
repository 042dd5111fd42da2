package dev.langevin.tests.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.LangevinException;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import dev.langevin.engine.cpu.CpuBackend;
import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.op.Attention;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;

/** Row P-ENG: what may be differentiated, by what, how often, and what is refused. */
@ParameterizedClass
@MethodSource("backends")
class AutogradTest {
    private final Backend backend;
    private Scope scope;

    AutogradTest(Backend backend) {
        this.backend = backend;
    }

    static List<Backend> backends() {
        return Backends.all();
    }

    @BeforeEach
    void open() {
        scope = Scope.open(backend);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor leaf(double... values) {
        return Tensor.of(Shape.of(values.length), values).requireGrad();
    }

    private static void assertGradient(Tensor gradient, double... expected) {
        assertArrayEquals(expected, gradient.toDoubles(), 1e-6 * (1 + Math.abs(expected[0])));
    }

    @Test
    void intermediateTensorsAreTargets() {
        Tensor x = leaf(1, 2);
        Tensor h = x.square();
        Tensor y = h.mul(3).square().sum();
        Tensor[] g = Autograd.gradients(y, false, h, x, y);
        assertGradient(g[0], 18, 72);
        assertGradient(g[1], 36, 288);
        assertGradient(g[2], 1);
    }

    @Test
    void oneTensorInTwoPlaces() {
        Tensor x = leaf(2, -3);
        assertGradient(Autograd.gradients(x.add(x).sum(), false, x)[0], 2, 2);
        assertGradient(Autograd.gradients(x.mul(x).sum(), false, x)[0], 4, -6);
        assertGradient(Autograd.gradients(x.div(x).sum(), false, x)[0], 0, 0);
        assertGradient(Autograd.gradients(Tensor.concat(0, x, x, x.exp().log()).sum(), false, x)[0], 3, 3);
        Tensor[] twice = Autograd.gradients(x.square().sum(), false, x, x);
        assertGradient(twice[0], 4, -6);
        assertGradient(twice[1], 4, -6);
    }

    /** The same tensor as x, weight and bias of a fused op: each place has its own gradient, and they add up. */
    @Test
    void oneTensorInTwoPlacesOfAFusedOp() {
        Tensor w = leaf(0.5, 1.5);
        Tensor other = leaf(0.5, 1.5);
        Tensor x = Tensor.of(Shape.of(1, 3, 2), 1, 2, -1, 0.5, 3, -2);
        Tensor same = Autograd.gradients(x.groupNorm(1, w, w, 1e-5).square().sum(), false, w)[0];
        Tensor[] apart = Autograd.gradients(x.groupNorm(1, w, other, 1e-5).square().sum(), false, w, other);
        assertArrayEquals(apart[0].add(apart[1]).toDoubles(), same.toDoubles(), 1e-5);
        Tensor again = Autograd.gradients(Autograd.gradients(x.groupNorm(1, w, w, 1e-5).square().sum(), true, w)[0].sum(), false, w)[0];
        Tensor[] g = Autograd.gradients(x.groupNorm(1, w, other, 1e-5).square().sum(), true, w, other);
        Tensor[] gg = Autograd.gradients(g[0].add(g[1]).sum(), false, w, other);
        assertArrayEquals(gg[0].add(gg[1]).toDoubles(), again.toDoubles(), 1e-4);
    }

    @Test
    void backwardFreesWhatItPassed() {
        Tensor x = leaf(1, 2);
        Tensor h = x.square();
        Tensor e = h.exp();
        Tensor y = e.mul(h).sum();
        Tensor apart = h.mul(2);
        double[] expected = Autograd.gradients(y, false, x)[0].toDoubles();
        Tensor[] g = Autograd.backward(y, x, h);
        assertArrayEquals(expected, g[0].toDoubles());
        assertGradient(h, 1, 4);
        assertGradient(apart, 2, 8);
        assertGradient(x, 1, 2);
        for (Tensor passed : new Tensor[] {e, y}) {
            LangevinException thrown = assertThrows(LangevinException.class, passed::toArray);
            assertTrue(thrown.getMessage().contains("freed") && thrown.getMessage().contains("backward"), thrown.getMessage());
            assertThrows(LangevinException.class, () -> passed.mul(2));
        }
        assertThrows(LangevinException.class, () -> Autograd.backward(y, x));
    }

    @Test
    void gradientsDoNotPassWhatWasFreed() {
        Tensor x = leaf(1, 2);
        Tensor h = x.square();
        Tensor other = h.add(1).sum();
        Autograd.backward(h.exp().sum(), x);
        LangevinException thrown = assertThrows(LangevinException.class, () -> Autograd.gradients(other, false, x));
        assertTrue(thrown.getMessage().contains("square"), thrown.getMessage());
    }

    @Test
    void unusedTargetsGiveZeros() {
        Tensor x = leaf(1, 2);
        Tensor unused = Tensor.zeros(Shape.of(2, 3)).requireGrad();
        Tensor[] g = Autograd.gradients(x.sum(), false, unused, x);
        assertEquals(Shape.of(2, 3), g[0].shape());
        assertGradient(g[0], new double[6]);
        assertGradient(g[1], 1, 1);
        assertGradient(Autograd.gradients(x.greater(Tensor.scalar(1.5)).sum(), false, x)[0], 0, 0);
    }

    @Test
    void noGradAndDetachCut() {
        Tensor x = leaf(1, 2);
        assertTrue(Autograd.isRecording());
        Tensor constant = Autograd.noGrad(() -> {
            assertFalse(Autograd.isRecording());
            return x.square();
        });
        assertTrue(Autograd.isRecording());
        assertFalse(constant.requiresGrad());
        assertFalse(x.detach().requiresGrad());
        assertGradient(Autograd.gradients(x.mul(constant).sum(), false, x)[0], 1, 4);
        assertGradient(Autograd.gradients(x.mul(x.detach()).sum(), false, x)[0], 1, 2);
        assertThrows(IllegalStateException.class, () -> Autograd.noGrad(() -> {
            throw new IllegalStateException();
        }));
        assertTrue(Autograd.isRecording(), "set back after an exception");
        Tensor g = Autograd.gradients(x.square().sum(), false, x)[0];
        assertFalse(g.requiresGrad(), "without createGraph");
    }

    @Test
    void derivativesOfEveryOrder() {
        Tensor x = leaf(1.5, -2);
        Tensor y = x.square().square().sum();
        Tensor d1 = Autograd.gradients(y, true, x)[0];
        Tensor d2 = Autograd.gradients(d1.sum(), true, x)[0];
        Tensor d3 = Autograd.gradients(d2.sum(), true, x)[0];
        Tensor d4 = Autograd.gradients(d3.sum(), false, x)[0];
        assertGradient(d1, 4 * Math.pow(1.5, 3), -32);
        assertGradient(d2, 27, 48);
        assertGradient(d3, 36, -48);
        assertGradient(d4, 24, 24);
    }

    /** silu''' (0) = 0, silu''(0) = 1/2, through a fused op's vector-Jacobian product. */
    @Test
    void thirdDerivativeOfAFusedOp() {
        Tensor x = leaf(0, 1);
        Tensor d2 = Autograd.gradients(Autograd.gradients(x.silu().sum(), true, x)[0].sum(), true, x)[0];
        Tensor d3 = Autograd.gradients(d2.sum(), false, x)[0];
        double s = 1 / (1 + Math.exp(-1));
        double s1 = s * (1 - s);
        double s2 = s1 * (1 - 2 * s);
        double s3 = s2 * (1 - 2 * s) - 2 * s1 * s1;
        assertGradient(d2, 0.5, 2 * s1 + s2);
        assertGradient(d3, 0, 3 * s2 + s3);
    }

    @Test
    void whatWasNotRecordedIsRefused() {
        Tensor x = Tensor.of(Shape.of(2), 1, 2);
        LangevinException e = assertThrows(LangevinException.class, () -> Autograd.gradients(x.sum(), false, x));
        assertTrue(e.getMessage().contains("requires a gradient"), e.getMessage());
    }

    @Test
    void indicesHaveNoGradient() {
        Tensor table = Tensor.of(Shape.of(2, 1), 5, 7).requireGrad();
        Tensor index = leaf(1, 0, 1);
        Tensor y = table.gather(index).sum();
        assertGradient(Autograd.gradients(y, false, table)[0], 1, 2);
        LangevinException e = assertThrows(LangevinException.class, () -> Autograd.gradients(y, false, index));
        assertTrue(e.getMessage().contains("gather") && e.getMessage().contains("input 1"), e.getMessage());
    }

    /** A host refuses an index that is none; a device, which nobody waits for, gives NaN for it. */
    @Test
    void indicesThatAreNone() {
        Tensor table = Tensor.of(Shape.of(2, 1), 5, 7).requireGrad();
        for (double bad : new double[] {2, 0.5, -1, 1e10, Double.NaN}) {
            Tensor index = Tensor.of(Shape.of(2), 1, bad);
            if (backend instanceof CudaBackend) {
                Tensor y = table.gather(index);
                assertArrayEquals(new double[] {7, Double.NaN}, y.toDoubles(), "index " + bad);
                assertArrayEquals(new double[] {Double.NaN, Double.NaN}, Autograd.gradients(y.sum(), false, table)[0].toDoubles(), "index " + bad);
            } else {
                LangevinException e = assertThrows(LangevinException.class, () -> table.gather(index));
                assertTrue(e.getMessage().contains("gather") && e.getMessage().contains(String.valueOf(backend instanceof CpuBackend ? (float) bad : bad)),
                        e.getMessage());
            }
        }
    }

    @Test
    void anUpstreamGradientStaysTheCallers() {
        Tensor x = leaf(1, 2);
        Tensor dy = Tensor.of(Shape.of(2), 3, 4);
        Tensor[] g = Autograd.gradients(x.reshape(2, 1).reshape(2).add(x), dy, false, x);
        assertGradient(g[0], 6, 8);
        assertGradient(dy, 3, 4);
    }

    /**
     * Without createGraph gradients are freed as soon as they were passed on: what a walk frees must never be what
     * another branch, an alias or a target still needs. Each graph is walked with and without freeing.
     */
    @Test
    void freeingEarlyFreesNothingInUse() {
        List<Function<Tensor, Tensor>> graphs = List.of(
                x -> x.add(x).add(x),
                x -> x.reshape(2, 2).add(x.reshape(2, 2).transpose()).reshape(4).mul(x),
                x -> residual(residual(residual(x))),
                x -> {
                    Tensor h = x.exp();
                    Tensor view = h.reshape(2, 2);
                    return view.sum(0).add(view.sum(1)).mul(h.slice(0, 1, 3));
                },
                x -> Tensor.concat(0, x.add(0), x.reshape(2, 2).reshape(4), x).square(),
                x -> x.sub(x.sumKeep(0)).add(x.meanKeep(0)).add(x.add(1).add(-1)),
                x -> new Attention(1).apply(Tensor.concat(2, x.reshape(1, 2, 2), x.reshape(1, 2, 2), x.reshape(1, 2, 2))),
                x -> x.reshape(1, 2, 2).groupNormSilu(1, x.slice(0, 0, 2), x.slice(0, 2, 4), 1e-5).add(x.reshape(2, 2)));
        for (int i = 0; i < graphs.size(); i++) {
            double[][] results = new double[2][];
            for (int keep = 0; keep < 2; keep++) {
                Tensor x = leaf(0.3, -0.7, 1.1, 0.2);
                Tensor h = x.mul(1.5);
                Tensor y = graphs.get(i).apply(h).square().sum();
                Tensor[] g = Autograd.gradients(y, keep == 1, x, h, x.detach().requireGrad());
                // Anything freed too early would be handed out again here.
                for (int k = 0; k < 20; k++) {
                    Tensor.full(Shape.of(4), Double.NaN);
                }
                results[keep] = Tensor.concat(0, g).toDoubles();
                assertTrue(Double.isFinite(Tensor.concat(0, h, y.reshape(1)).sum().item()));
            }
            assertArrayEquals(results[1], results[0], "graph " + i);
        }
    }

    @Test
    void normsAndTheirGradients() {
        Tensor x = Tensor.of(Shape.of(2, 2), 3, -4, 0, 2).requireGrad();
        assertArrayEquals(new double[] {5, 2}, x.norm(1).toDoubles());
        assertArrayEquals(new double[] {3, Math.sqrt(20)}, x.norm(-2).toDoubles(), 1e-6);
        assertEquals(Math.sqrt(29), x.norm().item(), 1e-6);
        assertArrayEquals(new double[] {0.6, -0.8, 0, 1}, Autograd.gradients(x.norm(1).sum(), false, x)[0].toDoubles(), 1e-6);
        Tensor zero = Tensor.zeros(Shape.of(3)).requireGrad();
        assertEquals(0, zero.norm().item());
        assertFalse(Double.isFinite(Autograd.gradients(zero.norm(), false, zero)[0].toDoubles()[0]), "as its Javadoc says");
    }

    private static Tensor residual(Tensor x) {
        return x.silu().mul(x).add(x);
    }
}
