package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.verify.Verify;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Samplers against exact scores, as a table. */
@Command(name = "verify", mixinStandardHelpOptions = true, header = "Check samplers against scores that are known exactly.",
        description = {"", "For every SDE: the error of the moments that samplers lead to, and the orders of convergence of the ODE solvers. "
            + "Exit status 1 when a row fails.", ""},
        footer = {"", "Example: langevin verify --all --json"})
final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--all", description = "Every sampler, and every ODE solver on every schedule, not only the usual five samplers: some minutes.")
    private boolean all;

    @Option(names = "--sampler", split = ",", paramLabel = "NAME", completionCandidates = Names.OfSamplers.class,
            description = "Only these samplers, of ${COMPLETION-CANDIDATES}.")
    private List<String> samplers;

    @Override
    public Integer call() {
        if (all && samplers != null) {
            throw new InputException("--all and --sampler: give one of them");
        }
        if (samplers != null) {
            samplers.forEach(Samplers::named);
        }
        List<Verify.Row> rows;
        try (Backend backend = compute.open(console)) {
            console.result("%-30s %-6s %-11s %10s %10s", "solver", "sde", "fixture", "error", "tolerance");
            rows = samplers != null ? Verify.run(backend, samplers, this::print)
                    : all ? Verify.all(backend, this::print) : Verify.standard(backend, this::print);
        }
        long failed = rows.stream().filter(row -> !row.passed()).count();
        console.result("%d rows, %s", rows.size(), failed == 0 ? "all passed" : failed + " failed");
        console.figures(Map.of("rows", rows.stream().map(VerifyCommand::figures).toList()));
        return failed == 0 ? 0 : Failures.RUNNING;
    }

    private void print(Verify.Row row) {
        console.result("%-30s %-6s %-11s %10.5f %10.2f  %s", row.solver(), row.sde(), row.fixture(), row.error(), row.tolerance(),
                row.passed() ? "passed" : "FAILED");
    }

    private static Map<String, Object> figures(Verify.Row row) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("solver", row.solver());
        figures.put("sde", row.sde());
        figures.put("fixture", row.fixture());
        figures.put("error", row.error());
        figures.put("tolerance", row.tolerance());
        figures.put("passed", row.passed());
        return figures;
    }
}
