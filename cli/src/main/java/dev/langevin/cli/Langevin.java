package dev.langevin.cli;

import dev.langevin.engine.cpu.Parallel;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command line: {@code langevin COMMAND}. Exit status 0 done, 1 failed while running, 2 the user's input is wrong. */
@Command(name = "langevin", mixinStandardHelpOptions = true, version = "langevin 0.1.0",
        description = "Score-based generative models: train, sample, measure.",
        subcommands = {TrainCommand.class, SampleCommand.class, DenoiseCommand.class, InpaintCommand.class, ColorizeCommand.class, SuperResolveCommand.class,
            RestoreCommand.class, EditCommand.class, InterpolateCommand.class, LikelihoodCommand.class, EvaluateCommand.class, VerifyCommand.class,
            CompareCommand.class, DevicesCommand.class, BenchCommand.class, DataCommand.class},
        footer = {"", "Example: langevin train mnist", "",
            "langevin COMMAND --help shows a command's options, their defaults and an example."})
public final class Langevin implements Runnable {
    /** Property, set by the launcher, with the number of the file descriptor that is the user's standard error. */
    private static final String STDERR_PROPERTY = "langevin.stderr";

    @Spec
    private CommandSpec spec;

    private Langevin() {
    }

    public static void main(String[] args) {
        // The text is English, so are its numbers: a point before the decimals, whatever the machine's language.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        PrintStream err = standardError();
        System.setErr(err);
        System.exit(run(args, System.out, err));
    }

    /**
     * Runs a command.
     *
     * @param out takes the results, and nothing else
     * @param err takes progress and messages
     * @return the exit status: 0, 1 or 2
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        int threads = Parallel.threads();
        Failures failures = new Failures(err);
        CommandLine line = new CommandLine(new Langevin(), new Factory(out, err));
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        line.setParameterExceptionHandler(failures).setExecutionExceptionHandler(failures);
        line.setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpAutoWidth(false).setUsageHelpWidth(100);
        try {
            return line.execute(globalsLast(args));
        } catch (OutOfMemoryError e) {
            return failures.outOfMemory(e, args);
        } catch (Error e) {
            return failures.report(e, Failures.asksForTrace(args));
        } finally {
            Parallel.setThreads(threads);
            out.flush();
            err.flush();
        }
    }

    /** {@code langevin --json COMMAND} means the same as {@code langevin COMMAND --json}. */
    private static String[] globalsLast(String[] args) {
        int leading = 0;
        while (leading < args.length && (args[leading].equals("--json") || args[leading].equals("--debug"))) {
            leading++;
        }
        return leading == args.length ? args : Stream.concat(Arrays.stream(args, leading, args.length),
                Arrays.stream(args, 0, leading)).toArray(String[]::new);
    }

    /** Without a command: the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /**
     * The launcher sends the JVM's own standard error through a filter, which takes away its warning about the
     * incubating Vector API; ours goes straight to the user, so that nothing comes late.
     */
    private static PrintStream standardError() {
        String descriptor = System.getProperty(STDERR_PROPERTY);
        if (descriptor == null) {
            return System.err;
        }
        try {
            return new PrintStream(new FileOutputStream("/dev/fd/" + descriptor, true), true, System.err.charset());
        } catch (IOException e) {
            return System.err; // a socket cannot be opened by name; the filter takes it there
        }
    }

    /** Hands commands the streams that they write to. */
    private record Factory(PrintStream out, PrintStream err) implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (type == Console.class) {
                return type.cast(new Console(out, err));
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
