package dev.langevin.tests.training;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.model.sde.CosineBeta;
import dev.langevin.model.sde.ExponentialBeta;
import dev.langevin.model.sde.Sde;
import dev.langevin.model.sde.SigmoidBeta;
import dev.langevin.model.sde.SubVpSde;
import dev.langevin.model.sde.TableBeta;
import dev.langevin.model.sde.TableSigma;
import dev.langevin.model.sde.VeSde;
import dev.langevin.model.sde.VpSde;
import dev.langevin.training.TrainConfig;
import dev.langevin.training.config.ProcessConfig;
import dev.langevin.training.run.TomlConfig;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows H-CUSTOM, H-COS, H-SIG, H-EXP: processes and their schedules from a configuration file; what cannot be sampled is refused by key. */
class ProcessConfigTest {

    @Test
    void schedulesAreNamedInTheFile() {
        assertEquals(new VpSde(), process(""));
        assertEquals(new VeSde(), process("kind = 've'"));
        assertEquals(new VpSde(0.2, 15), process("kind = 'vp'\nschedule = 'linear'\nbeta-min = 0.2\nbeta-max = 15"));
        assertEquals(new VpSde(new CosineBeta()), process("schedule = 'cosine'"));
        assertEquals(new SubVpSde(new CosineBeta(0.02)), process("kind = 'sub-vp'\nschedule = 'cosine'\noffset = 0.02"));
        assertEquals(new VpSde(new SigmoidBeta(-3, 3, 0.9)), process("schedule = 'sigmoid'\ntau = 0.9"));
        assertEquals(new VpSde(new ExponentialBeta(0.1, 50)), process("schedule = 'exponential'\nbeta-max = 50"));
        assertEquals(new VpSde(new TableBeta(List.of(0.1, 5.0, 20.0))), process("schedule = 'table'\nrates = [0.1, 5, 20]"));
        assertEquals(new VeSde(new TableSigma(List.of(0.01, 1.0, 50.0))), process("kind = 've'\nschedule = 'table'\nsigmas = [0.01, 1, 50]"));
        assertEquals(new VeSde(0.02, 30), process("kind = 've'\nschedule = 'geometric'\nsigma-min = 0.02\nsigma-max = 30"));
    }

    /** What a run writes down is what it was made of, and nothing that was left out. */
    @Test
    void comesBack() {
        assertEquals("kind = \"vp\"\nbeta-min = 0.1\nbeta-max = 20.0\nsigma-min = 0.01\nsigma-max = 50.0\n",
                TomlConfig.write(ProcessConfig.defaults()));
        ProcessConfig table = read("schedule = 'table'\nrates = [0.1, 5, 20]").sde();
        TrainConfig back = read(TomlConfig.write(table));
        assertEquals(table, back.sde());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kind = 'vpp'                                   | [sde] kind 'vpp' is unknown; use vp, sub-vp or ve
            schedule = 'cosin'                             | [sde] schedule 'cosin' is unknown for kind vp; use linear, cosine, sigmoid, exponential or table
            kind = 've' schedule = 'cosine'                | [sde] schedule 'cosine' is unknown for kind ve; use geometric or table
            schedule = 'sigmoid' offset = 0.1              | [sde] offset: kind vp with schedule sigmoid does not read it
            rates = [1, 20]                                | [sde] rates: kind vp with schedule linear does not read it
            schedule = 'table'                             | [sde] rates: table of rates: expected at least two
            schedule = 'table' rates = [5, -1]             | [sde] rates: table of rates: expected at least two finite numbers, the first at least 0 and the others above 0, got [5.0, -1.0]
            schedule = 'table' rates = [0.1, 3]            | [sde] rates: the process vp breaks "noise has replaced the data at T, a <= s / 7" at t = 1
            schedule = 'table' rates = [0, 0, 40]          | [sde] rates: table of rates: expected at least two finite numbers, the first at least 0 and the others above 0
            schedule = 'table' rates = [0, 9000]           | [sde] rates: the process vp breaks "a in (0, 1]"
            kind = 've' schedule = 'table' sigmas = [1, 2] | [sde] sigmas: the process ve breaks "noise has replaced the data at T
            kind = 've' sigma-max = 2                      | [sde] sigma-min, sigma-max: the process ve breaks "noise has replaced
            beta-max = 3                                   | [sde] beta-min, beta-max: the process vp breaks "noise has replaced
            schedule = 'cosine' offset = 2                 | [sde] offset: cosine schedule: offset 2.0, expected 0 to 1
            schedule = 'sigmoid' start = 4                 | [sde] start, end, tau: sigmoid schedule
            schedule = 'exponential' beta-min = 0          | [sde] beta-min, beta-max: exponential beta from 0.0
            """)
    void whatCannotBeSampledIsRefusedByItsKey(String keys, String expected) {
        refused("mine.toml", expected, () -> read(keys.replaceAll(" (?=[a-z-]+ = )", "\n")));
    }

    private static Sde process(String keys) {
        return read(keys).sde().build();
    }

    private static TrainConfig read(String keys) {
        return TomlConfig.read(new ByteArrayInputStream(("[sde]\n" + keys.replace('\'', '"')).getBytes(StandardCharsets.UTF_8)), "mine.toml",
                TrainConfig.class);
    }
}
