package dev.langevin.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Methods side by side, each comparison a command of its own. */
@Command(name = "compare", mixinStandardHelpOptions = true, header = "Compare methods with one another.",
        description = {"", "Each comparison prints a table.", ""},
        subcommands = {CompareObjectivesCommand.class, CompareTracesCommand.class, CompareSamplersCommand.class, CompareGuidanceCommand.class},
        footer = {"", "Example: langevin compare objectives --steps 500", "",
            "langevin compare COMMAND --help shows a comparison's options."})
final class CompareCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Without a comparison: the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
