package dev.langevin.tests.cuda;

import dev.langevin.engine.cuda.CudaBackend;
import dev.langevin.engine.cuda.Precision;
import dev.langevin.engine.cuda.ReferenceDense;
import dev.langevin.kernels.CudaRuntime;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** The emulator, counting what is asked of it: how a test sees that a step was replayed. */
final class WatchedRuntime implements InvocationHandler {
    /** Kernels launched one by one, and neither captured nor by a graph. */
    private int launches;
    private int captures;
    private int replays;
    private int allocations;
    private boolean capturing;
    /** How often memory is given during a capture. */
    int mostWhileCapturing = Integer.MAX_VALUE;
    private int takenWhileCapturing;
    private final EmulatorRuntime emulator = new EmulatorRuntime();

    /** What was done since the last look. */
    record Work(int launches, int captures, int replays, int allocations) {
        /** Nothing but the launch of a graph. */
        static final Work REPLAY = new Work(0, 0, 1, 0);

        boolean isReplay() {
            return equals(REPLAY);
        }
    }

    /** A backend on this emulator. */
    CudaBackend backend(Precision precision) {
        return new CudaBackend(proxy(CudaRuntime.class, this), new ReferenceDense(emulator), precision);
    }

    /** Counts since the last call, and begins again. */
    Work take() {
        Work work = new Work(launches, captures, replays, allocations);
        launches = 0;
        captures = 0;
        replays = 0;
        allocations = 0;
        return work;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "launch" -> launches += capturing ? 0 : 1;
            case "allocate" -> {
                if (capturing && takenWhileCapturing++ >= mostWhileCapturing) {
                    throw new OutOfMemoryError("refused");
                }
                allocations++;
            }
            case "beginCapture" -> {
                capturing = true;
                takenWhileCapturing = 0;
                captures++;
            }
            case "endCapture", "abandonCapture" -> capturing = false;
            default -> { }
        }
        Object result = call(method, emulator, arguments);
        return method.getName().equals("endCapture") ? watched((CudaRuntime.Graph) result) : result;
    }

    private CudaRuntime.Graph watched(CudaRuntime.Graph graph) {
        return proxy(CudaRuntime.Graph.class, (proxy, method, arguments) -> {
            replays += method.getName().equals("launch") ? 1 : 0;
            return call(method, graph, arguments);
        });
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
