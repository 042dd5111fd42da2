package dev.langevin.benchmarks.gpu;

/** One of those that take turns at the same work. */
interface Contender extends AutoCloseable {
    /** What its column is headed by. */
    String name();

    /**
     * Times the work.
     *
     * @param repeats how many times are taken
     * @param inner runs in each, between two marks on the device
     * @return milliseconds of one run, {@code repeats} of them
     */
    Times time(int repeats, int inner);

    /** Time that the host takes to issue one run with nothing waiting on the device, in milliseconds. */
    Times host(int repeats);

    @Override
    void close();
}
