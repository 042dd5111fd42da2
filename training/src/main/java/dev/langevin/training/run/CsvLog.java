package dev.langevin.training.run;

import dev.langevin.engine.InputException;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.model.io.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The log of a run as CSV: a header, then one row for each logged step; the first column is the step. Doubles are
 * written with all their digits, so equal runs leave equal files. Each row is handed to the operating system whole.
 */
public final class CsvLog implements AutoCloseable {
    /** Name of the first column. */
    public static final String STEP = "step";

    /** A log that was read: the columns' names and, for each row, their values. */
    public record Table(List<String> columns, List<double[]> rows) {
        /** The values of one column, from the first row to the last. */
        public double[] column(String name) {
            int index = columns.indexOf(name);
            if (index < 0) {
                throw new IllegalArgumentException("no column " + name + " among " + columns);
            }
            return rows.stream().mapToDouble(row -> row[index]).toArray();
        }
    }

    private final Path file;
    private final List<String> columns;
    private final OutputStream out;

    private CsvLog(Path file, List<String> columns) {
        this.file = file;
        this.columns = List.copyOf(columns);
        try {
            this.out = Files.newOutputStream(file, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Starts a log. {@code columns} are the names of the values beside the step. */
    public static CsvLog create(Path file, List<String> columns) {
        AtomicFile.write(file, (STEP + "," + String.join(",", columns) + "\n").getBytes(StandardCharsets.UTF_8));
        return new CsvLog(file, columns);
    }

    /**
     * Continues a log after {@code lastStep}: rows of later steps, which a resumed run writes anew, and a last row
     * that a killed run left unfinished are dropped. A log that is missing is started anew, with the rows that come.
     *
     * @throws InputException when the file is not a log with these columns
     */
    public static CsvLog resume(Path file, List<String> columns, long lastStep) {
        if (Files.notExists(file)) {
            return create(file, columns);
        }
        Table table = read(file);
        if (!table.columns().subList(1, table.columns().size()).equals(columns)) {
            throw new InputException(file + ": has the columns " + String.join(",", table.columns()) + ", expected "
                    + STEP + "," + String.join(",", columns) + "; move it away or resume the run that wrote it");
        }
        StringBuilder kept = new StringBuilder(String.join(",", table.columns())).append('\n');
        for (double[] row : table.rows()) {
            if (row[0] <= lastStep) {
                kept.append(line((long) row[0], Arrays.copyOfRange(row, 1, row.length)));
            }
        }
        AtomicFile.write(file, kept.toString().getBytes(StandardCharsets.UTF_8));
        return new CsvLog(file, columns);
    }

    /**
     * Reads a log; a last row without its line end, left by a killed run, is passed over.
     *
     * @throws InputException naming file and line when it is not a log
     */
    public static Table read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read (" + Reason.of(e) + ")", e);
        }
        List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().startsWith(STEP + ",")) {
            throw new InputException(file + ": not a log of a run (its first line does not name the columns "
                    + STEP + ",...)");
        }
        List<String> columns = List.of(lines.getFirst().split(",", -1));
        List<double[]> rows = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            String[] cells = lines.get(i).split(",", -1);
            try {
                if (cells.length != columns.size()) {
                    throw new NumberFormatException();
                }
                Long.parseLong(cells[0]);
                rows.add(Arrays.stream(cells).mapToDouble(Double::parseDouble).toArray());
            } catch (NumberFormatException e) {
                throw new InputException(file + ": line " + (i + 1) + " is not " + columns.size()
                        + " numbers; correct it or move the file away", e);
            }
        }
        return new Table(columns, rows);
    }

    /** Appends one row. */
    public void append(long step, double... values) {
        if (values.length != columns.size()) {
            throw new IllegalArgumentException(values.length + " values for the columns " + columns);
        }
        try {
            out.write(line(step, values).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static String line(long step, double... values) {
        StringBuilder line = new StringBuilder().append(step);
        for (double value : values) {
            line.append(',').append(value);
        }
        return line.append('\n').toString();
    }

    private InputException unwritable(IOException e) {
        return new InputException(file + ": cannot be written (" + Reason.of(e)
                + "); free space there, then continue with --resume", e);
    }
}
