package dev.langevin.cli;

import dev.langevin.engine.InputException;
import dev.langevin.engine.LangevinException;
import dev.langevin.kernels.CudaException;
import dev.langevin.training.run.Spelling;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line on standard error and an exit status. */
final class Failures implements CommandLine.IParameterExceptionHandler, CommandLine.IExecutionExceptionHandler {
    /** The user's input is wrong. */
    static final int INPUT = 2;
    /** Failed while running. */
    static final int RUNNING = 1;

    private final PrintStream err;

    Failures(PrintStream err) {
        this.err = err;
    }

    static boolean asksForTrace(String[] args) {
        return Arrays.asList(args).contains("--debug");
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        String help = " (" + line.getCommandSpec().qualifiedName() + " --help shows what there is)";
        err.println("langevin: " + (e instanceof UnmatchedArgumentException unmatched ? unknown(unmatched, line)
                : oneLine(e.getMessage())) + help);
        if (asksForTrace(args)) {
            e.printStackTrace(err);
        }
        return INPUT;
    }

    private static String unknown(UnmatchedArgumentException e, CommandLine line) {
        String first = e.getUnmatched().getFirst();
        List<String> known = new ArrayList<>();
        if (first.startsWith("-")) {
            line.getCommandSpec().options().forEach(o -> known.addAll(Arrays.asList(o.names())));
            return "unknown option '" + first + "'; did you mean '" + Spelling.nearest(first, known) + "'?";
        }
        known.addAll(line.getSubcommands().keySet());
        return known.isEmpty() ? "unexpected argument '" + first + "'"
                : "unknown command '" + first + "'; did you mean '" + Spelling.nearest(first, known) + "'?";
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine line, ParseResult result) {
        if (e instanceof ParameterException wrong) {
            return handleParseException(wrong, result.originalArgs().toArray(String[]::new));
        }
        return report(e, asksForTrace(result.originalArgs().toArray(String[]::new)));
    }

    int outOfMemory(OutOfMemoryError e, String[] args) {
        err.println("langevin: out of memory (" + (Runtime.getRuntime().maxMemory() >> 20) + " MiB are allowed); use a smaller batch, "
                + "or more optimiser.micro-batches, or allow more with LANGEVIN_OPTS=-Xmx...");
        if (asksForTrace(args)) {
            e.printStackTrace(err);
        }
        return RUNNING;
    }

    int report(Throwable e, boolean trace) {
        String message = (e instanceof LangevinException || e instanceof CudaException) && e.getMessage() != null ? oneLine(e.getMessage())
                : "unexpected failure: " + oneLine(e.toString()) + (trace ? "" : " (--debug shows where)");
        err.println("langevin: " + message);
        if (trace) {
            e.printStackTrace(err);
        }
        return e instanceof InputException ? INPUT : RUNNING;
    }

    private static String oneLine(String text) {
        return text == null ? "no reason given" : text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
