package dev.langevin.tests.run;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.langevin.training.run.CsvLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs (row R-LOG): rows are there at once, and a resumed log equals an unbroken one to the byte. */
class CsvLogTest {
    private static final List<String> COLUMNS = List.of("loss", "rate");

    @TempDir
    Path folder;

    @Test
    void aResumedLogEqualsAnUnbrokenOne() throws IOException {
        Path straight = folder.resolve("straight.csv");
        try (CsvLog log = CsvLog.create(straight, COLUMNS)) {
            rows(log, 1, 6);
        }
        Path broken = folder.resolve("broken.csv");
        CsvLog killed = CsvLog.create(broken, COLUMNS);
        rows(killed, 1, 5);
        // Not closed: rows must be in the file at once. The kill leaves half a row.
        Files.writeString(broken, Files.readString(broken) + "6,0.1");
        try (CsvLog log = CsvLog.resume(broken, COLUMNS, 3)) {
            assertEquals(4, Files.readString(broken).lines().count());
            rows(log, 4, 6);
        }
        killed.close();
        assertEquals(Files.readString(straight), Files.readString(broken));
    }

    @Test
    void aMissingLogIsStartedAnew() throws IOException {
        Path file = folder.resolve("log.csv");
        try (CsvLog log = CsvLog.resume(file, COLUMNS, 3)) {
            rows(log, 4, 5);
        }
        assertArrayEquals(new double[] {4, 5}, CsvLog.read(file).column("step"));
    }

    @Test
    void everyDigitComesBack() {
        Path file = folder.resolve("log.csv");
        double[] values = {1 / 3.0, Double.MIN_VALUE, Double.NaN, Double.POSITIVE_INFINITY, -1e-300};
        try (CsvLog log = CsvLog.create(file, COLUMNS)) {
            for (int i = 0; i < values.length; i++) {
                log.append(1L << (10 * i), values[i], i);
            }
            assertThrows(IllegalArgumentException.class, () -> log.append(1, 2));
        }
        CsvLog.Table table = CsvLog.read(file);
        assertEquals(List.of("step", "loss", "rate"), table.columns());
        assertArrayEquals(values, table.column("loss"), 0);
        assertArrayEquals(new double[] {1, 1024, 1 << 20, 1 << 30, 1L << 40}, table.column("step"), 0);
    }

    @Test
    void damagedAndForeignLogsAreRefused() throws IOException {
        refused(file("step,loss\n1,2\nx,3\n"), "line 3 is not 2 numbers", CsvLog::read);
        refused(file("step,loss\n1\n"), "line 2", CsvLog::read);
        refused(file("name,value\n1,2\n"), "not a log", CsvLog::read);
        refused(file(""), "not a log", CsvLog::read);
        refused(file("step,loss\n1,2\n"), "expected step,loss,rate", f -> CsvLog.resume(f, COLUMNS, 1).close());
        assertEquals("step,loss\n1,2\n", Files.readString(folder.resolve("log.csv")));
        refused(folder.resolve("none.csv"), "no such file", CsvLog::read);
        refused(folder.resolve("none/log.csv"), "cannot be written", f -> CsvLog.create(f, COLUMNS).close());
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("log.csv"), text);
    }

    private static void rows(CsvLog log, int from, int to) {
        for (int step = from; step <= to; step++) {
            log.append(step, 1.0 / step, step * 0.1);
        }
    }
}
