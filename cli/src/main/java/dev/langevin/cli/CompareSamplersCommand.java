package dev.langevin.cli;

import dev.langevin.engine.Backend;
import dev.langevin.engine.InputException;
import dev.langevin.model.sde.Sde;
import dev.langevin.sampling.Sampler;
import dev.langevin.sampling.SamplerSettings;
import dev.langevin.sampling.Samplers;
import dev.langevin.training.SampleSheet;
import dev.langevin.training.TrainedRun;
import dev.langevin.training.compare.QualityComparison;
import dev.langevin.training.compare.QualityComparison.Drawn;
import dev.langevin.training.compare.QualityComparison.Way;
import dev.langevin.training.compare.SamplerComparison;
import dev.langevin.training.compare.SamplerComparison.Cell;
import dev.langevin.training.evaluate.Evaluation;
import dev.langevin.training.evaluate.EvaluationTable;
import dev.langevin.training.evaluate.Row;
import dev.langevin.training.image.ImageTable;
import dev.langevin.training.image.Png;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Samplers side by side on a trained run. */
@Command(name = "samplers", mixinStandardHelpOptions = true, header = "Draw the same images by each sampler, at each number of evaluations of the network.",
        description = {"", "Every sampler starts from the same noise and takes as many steps as its number of evaluations allows. The table holds "
            + "milliseconds for an image, drawn with the others of its cell; the picture holds what was drawn. A sampler that chooses its steps "
            + "itself has one cell, in the column that is nearest to the evaluations it took.",
            "", "With --measure, each cell also draws so many images, which are measured as 'evaluate' does.", ""},
        footer = {"", "Examples: langevin compare samplers --run runs/mnist --out samplers.png",
            "          langevin compare samplers --run runs/mnist --samplers ddim,dpmpp-2m --evaluations 5,10,20 --measure 1000"})
final class CompareSamplersCommand implements Runnable {
    private static final int MOST_EVALUATIONS = 1_000_000;

    @Mixin
    private Console console;
    @Mixin
    private Compute compute;

    @Option(names = "--run", required = true, paramLabel = "DIR", description = "Folder of a run of images.")
    private Path run;

    @Option(names = "--samplers", split = ",", paramLabel = "NAME", completionCandidates = Names.OfSamplers.class,
            defaultValue = "em,reverse-diffusion,pc,ancestral,ode-euler,ode-heun,ddim,dpm-solver-2,dpm-solver-3,dpmpp-2m,dpmpp-2m-sde,unipc,"
                + "edm,rk45,adaptive-sde",
            description = "Samplers, separated by commas. Default: ${DEFAULT-VALUE}.")
    private List<String> names;

    @Option(names = "--evaluations", split = ",", paramLabel = "N", defaultValue = "5,10,20,35,50,100,250,1000",
            description = "Evaluations of the network for an image, separated by commas. Default: ${DEFAULT-VALUE}.")
    private List<Integer> budgets;

    @Option(names = "--n", paramLabel = "N", defaultValue = "9", description = "Images in each cell. Default: ${DEFAULT-VALUE}.")
    private int n;

    @Option(names = "--measure", paramLabel = "N", description = "Also measure N images of each cell. Default: none.")
    private Integer measured;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of the noise. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--out", paramLabel = "FILE.png", description = "The picture. Default: samplers.png in the run's folder.")
    private Path out;

    @Override
    public void run() {
        if (n < 1 || n > SampleSheet.BATCH) {
            throw new InputException("--n " + n + ": give a number from 1 to " + SampleSheet.BATCH);
        }
        for (int budget : budgets) {
            if (budget < 1 || budget > MOST_EVALUATIONS) {
                throw new InputException("--evaluations " + budget + ": give numbers from 1 to " + MOST_EVALUATIONS);
            }
        }
        List<Sampler> samplers = names.stream().map(Samplers::named).toList();
        Path file = out != null ? out : run.resolve("samplers.png");
        try (Backend backend = compute.open(console); TrainedRun trained = TrainedRun.open(run, TrainedRun.Weights.EMA, backend)) {
            int[] shape = ImageSource.shape(trained, run);
            OutputFile.check("--out", file);
            try (Measures measures = measured == null ? null : Measures.open(trained, null, "--measure", measured, backend, console)) {
                compare(backend, trained, samplers, shape, file, measures);
            }
        }
    }

    private void compare(Backend backend, TrainedRun trained, List<Sampler> samplers, int[] shape, Path file, Measures measures) {
        Sde sde = trained.score().sde();
        List<Cell> cells;
        long total = samplers.stream().mapToLong(sampler -> sampler.adaptive() ? 1 : budgets.size()).sum();
        try (Progress progress = console.progress("comparing", "cell", 0, total)) {
            long[] done = {0};
            cells = SamplerComparison.run(trained.score(), sde, samplers, budgets, n, shape, seed, cell -> progress.at(++done[0], cell.sampler()));
        }
        Optional<Cell>[][] table = table(cells);
        Png.write(file, ImageTable.of(names, budgets.stream().map(String::valueOf).toList(), images(table), n, shape[0], shape[1], shape[2]));
        print(table);
        Map<String, Object> figures = new LinkedHashMap<>(Compute.figures(backend));
        figures.put("training_steps", trained.step());
        figures.put("n", n);
        figures.put("seed", seed);
        figures.put("cells", cells.stream().map(CompareSamplersCommand::figures).toList());
        if (measured != null) {
            figures.put("measured", measure(trained, measures, cells));
        }
        figures.put("out", file.toString());
        console.result("%s", file);
        console.figures(figures);
    }

    private List<Map<String, Object>> measure(TrainedRun trained, Measures measures, List<Cell> cells) {
        List<Way> ways = QualityComparison.of(cells, trained.score(), SamplerSettings.usual(), seed);
        try (Progress progress = console.progress("measuring", "set", 0, 1 + Evaluation.DRAWS + 2L * ways.size())) {
            int[] done = {-1};
            Evaluation evaluation = measures.evaluation(measured, seed, what -> progress.at(++done[0], what));
            List<Row> real = evaluation.real();
            List<Row> rows = QualityComparison.run(evaluation, trained.score().sde(), ways, null, trained.config().exampleShape(), one -> {
                progress.at(++done[0], one.way().name());
                Measures.tell(console, one);
            }).stream().map(Drawn::row).toList();
            EvaluationTable table = new EvaluationTable(EvaluationTable.distance(trained.config().data(), measured), rows, real, List.of(),
                    evaluation.seenForMemorisation());
            console.result("%n%s%n", table.text());
            table.notes().forEach(note -> console.result("%s", note));
            return table.figures();
        }
    }

    /** Each sampler's cells by budget; an adaptive one's stands where the budget is nearest to what it took. */
    private Optional<Cell>[][] table(List<Cell> cells) {
        @SuppressWarnings("unchecked")
        Optional<Cell>[][] table = new Optional[names.size()][budgets.size()];
        for (int row = 0; row < names.size(); row++) {
            for (int column = 0; column < budgets.size(); column++) {
                String name = names.get(row);
                int budget = budgets.get(column);
                table[row][column] = cells.stream().filter(cell -> cell.sampler().equals(name)
                        && (cell.budget() == 0 ? nearest(cell.evaluations()) : cell.budget()) == budget).findFirst();
            }
        }
        return table;
    }

    private int nearest(long evaluations) {
        return budgets.stream().min((a, b) -> Double.compare(Math.abs(Math.log((double) a / evaluations)),
                Math.abs(Math.log((double) b / evaluations)))).orElseThrow();
    }

    private float[][][] images(Optional<Cell>[][] table) {
        float[][][] images = new float[table.length][budgets.size()][];
        for (int row = 0; row < table.length; row++) {
            for (int column = 0; column < budgets.size(); column++) {
                images[row][column] = table[row][column].map(Cell::images).orElse(null);
            }
        }
        return images;
    }

    private void print(Optional<Cell>[][] table) {
        StringBuilder head = new StringBuilder(String.format("%-20s", "ms an image"));
        budgets.forEach(budget -> head.append(String.format("%9d", budget)));
        console.result("%s", head);
        for (int row = 0; row < table.length; row++) {
            StringBuilder line = new StringBuilder(String.format("%-20s", names.get(row)));
            for (Optional<Cell> cell : table[row]) {
                line.append(cell.map(c -> String.format("%9.1f", 1000 * c.secondsPerImage())).orElse("        -"));
            }
            for (Optional<Cell> cell : table[row]) {
                cell.filter(c -> c.budget() == 0).ifPresent(c -> line.append("  in ").append(c.evaluations()).append(" evaluations"));
            }
            console.result("%s", line);
        }
    }

    private static Map<String, Object> figures(Cell cell) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("sampler", cell.sampler());
        figures.put("budget", cell.budget() == 0 ? null : cell.budget());
        figures.put("steps", cell.steps() == 0 ? null : cell.steps());
        figures.put("evaluations", cell.evaluations());
        figures.put("seconds_per_image", cell.secondsPerImage());
        return figures;
    }
}
