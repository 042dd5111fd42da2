package dev.langevin.cli;

import dev.langevin.sampling.Samplers;
import dev.langevin.sampling.Schedule;
import dev.langevin.sampling.Schedules;
import dev.langevin.training.Presets;
import java.util.ArrayList;
import java.util.List;

/** The lists of names that helps show, taken from where the names are defined. */
abstract class Names extends ArrayList<String> {
    private Names(List<String> names) {
        super(names);
    }

    static final class OfPresets extends Names {
        OfPresets() {
            super(Presets.NAMES);
        }
    }

    static final class OfSamplers extends Names {
        OfSamplers() {
            super(Samplers.names());
        }
    }

    static final class OfSchedules extends Names {
        OfSchedules() {
            super(Schedules.all().stream().map(Schedule::name).toList());
        }
    }

    static final class OfBenchmarks extends Names {
        OfBenchmarks() {
            super(BenchCommand.names());
        }
    }
}
