package dev.langevin.cli;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** How far long work has come: a bar on a terminal, else a line every ten seconds, with the time left. */
interface Progress extends AutoCloseable {
    /** Property, set by the launcher, with the width of the terminal that standard error is; not set when it is none. */
    String COLUMNS_PROPERTY = "langevin.columns";

    /** @param message figures of this moment, such as the loss and the rate; may be empty */
    void at(long done, String message);

    @Override
    void close();

    /**
     * @param task what is done, in a word or two
     * @param unit what is counted
     * @param from where the count starts
     * @param to where it ends
     */
    static Progress start(PrintStream err, String task, String unit, long from, long to) {
        Integer columns = Integer.getInteger(COLUMNS_PROPERTY);
        return columns == null ? new Lines(err, task, unit, from, to) : new Bar(err, columns, task, from, to);
    }

    /** A bar that is drawn over itself. */
    final class Bar implements Progress {
        private final ProgressBar bar;

        Bar(PrintStream err, int columns, String task, long from, long to) {
            bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(to).startsFrom(from, Duration.ZERO)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(500)
                    .setConsumer(new ConsoleProgressBarConsumer(err, Math.max(40, columns - 1))).build();
        }

        @Override
        public void at(long done, String message) {
            bar.setExtraMessage(message.isEmpty() ? "" : " " + message);
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
        }
    }

    /** Lines for a file or a pipe. */
    final class Lines implements Progress {
        private static final double EVERY_SECONDS = 10;

        private final PrintStream err;
        private final String task;
        private final String unit;
        private final long from;
        private final long to;
        private final long begin = System.nanoTime();
        private long last = begin;

        Lines(PrintStream err, String task, String unit, long from, long to) {
            this.err = err;
            this.task = task;
            this.unit = unit;
            this.from = from;
            this.to = to;
        }

        @Override
        public void at(long done, String message) {
            long now = System.nanoTime();
            if ((now - last) * 1e-9 >= EVERY_SECONDS) {
                last = now;
                double secondsLeft = done == from || done == to ? Double.NaN : (now - begin) * 1e-9 / (done - from) * (to - done);
                err.printf("%s: %s %,d of %,d%s%s%n", task, unit, done, to, message.isEmpty() ? "" : ", " + message,
                        Double.isNaN(secondsLeft) ? "" : ", " + time(secondsLeft) + " left");
            }
        }

        private static String time(double seconds) {
            long s = Math.round(seconds);
            return s >= 3600 ? String.format("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60) : String.format("%d:%02d", s / 60, s % 60);
        }

        @Override
        public void close() {
        }
    }
}
