package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which kernel a backend chooses for each op and shape of some work, where it has a choice. */
final class Explanation {
    /** One op on one set of shapes, and what the backend says about it. */
    record Row(String op, String shapes, String choice) {
        Map<String, Object> figures() {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("op", op);
            figures.put("shapes", shapes);
            figures.put("choice", choice);
            return figures;
        }
    }

    private final Backend backend;
    private final Map<List<String>, Row> rows = new LinkedHashMap<>();

    private Explanation(Backend backend) {
        this.backend = backend;
    }

    /** Runs {@code work} once and asks {@code backend} about each kernel that runs. Its kernels stay watched afterwards. */
    static List<Row> of(Backend backend, Runnable work) {
        Explanation explanation = new Explanation(backend);
        backend.kernels().wrap(explanation::watched);
        work.run();
        return new ArrayList<>(explanation.rows.values());
    }

    private Kernel<Object> watched(Kernel<Object> kernel) {
        return (op, in, out) -> {
            kernel.run(op, in, out);
            String choice = backend.explain(op, in, out);
            if (!choice.isEmpty()) {
                OpWork work = OpWork.of(op, in, out);
                rows.putIfAbsent(List.of(work.op(), work.shapes()), new Row(work.op(), work.shapes(), choice));
            }
        };
    }

    static void print(Console console, List<Row> rows) {
        if (rows.isEmpty()) {
            console.result("%nEvery kernel has one way to compute.");
            return;
        }
        console.result("");
        for (Row row : rows) {
            console.result("%s %s%n  %s", row.op(), row.shapes(), row.choice());
        }
    }
}
