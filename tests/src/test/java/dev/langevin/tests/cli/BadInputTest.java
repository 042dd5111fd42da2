package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.langevin.kernels.driver.NativeLibraries;
import dev.langevin.model.io.Safetensors;
import dev.langevin.training.run.Checkpoints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a user gets wrong is one line on standard error and exit status 2, and no file of theirs is lost (rows D-MNIST,
 * R-CKPT, R-CONF, R-NAN as seen from the command line).
 */
class BadInputTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "trian mnist                     | unknown command 'trian'; did you mean 'train'",
        "train mnist --setps 3           | unknown option '--setps'; did you mean '--steps'",
        "train mnits                     | unknown preset 'mnits'",
        "train                           | give one of a preset",
        "train mnist --config x.toml     | give one of a preset",
        "train mnist --steps three       | --steps",
        "train swiss-roll --steps 0      | steps",
        "train swiss-roll --minutes 0    | --minutes",
        "train swiss-roll --threads 0    | --threads 0",
        "train swiss-roll --device gpu   | unknown device 'gpu'",
        "train swiss-roll --precision fp16                    | unknown precision 'fp16': choose one of fp32, tf32, bf16",
        "train swiss-roll --device cpu --precision bf16       | --precision: --device cpu has one of its own",
        "verify --device reference --precision fp32           | --precision: --device reference has one of its own",
        "bench gemm --device cpu --precision tf32             | --precision",
        "train --config nowhere.toml     | nowhere.toml",
        "sample                          | --run",
        "sample --run nowhere            | nowhere: no such folder",
        "denoise --run nowhere           | nowhere: no such folder",
        "train --resume nowhere          | nowhere: no such folder",
        "verify --sampler hein           | unknown sampler 'hein'",
        "bench forwrad                   | unknown benchmark 'forwrad'",
        "bench forward --preset mnits    | unknown preset 'mnits'",
        "bench forward --batch 0         | --batch 0",
        "bench forward --preset classifier-mnist | bench forward: preset classifier-mnist trains a classifier",
        "data cifar                      | unknown data set 'cifar'",
        "data folder                     | data set folder: give the folder of the images with --data",
        "train folder                    | data set folder: give the folder of the images with --data",
        "train cifar10 --data nowhere    | nowhere: no such folder",
        "data                            | --list",
        "devices now                     | unexpected argument 'now'"})
    void wordsThatAreWrong(String command, String piece) {
        Cli.refused(List.of(command.strip().split("\\s+")), piece);
    }

    /** Every command that computes says in one line why there is no CUDA, and automatic choice does not offer its precisions. */
    @ParameterizedTest
    @ValueSource(strings = {"train swiss-roll", "verify --sampler em", "bench gemm", "bench forward", "sample --run RUN", "denoise --run RUN"})
    void cudaWhereThereIsNone(String command) {
        assumeTrue(NativeLibraries.here().missing().isPresent(), "CUDA can be used here");
        String run = command.contains("RUN") ? Cli.pointsRun(folder).toString() : "";
        for (String device : new String[] {"--device cuda", "--device cuda --precision bf16", "--precision tf32", "--device auto --precision fp32"}) {
            List<String> words = new ArrayList<>(List.of(command.replace("RUN", run).split(" ")));
            words.addAll(List.of(device.split(" ")));
            Cli.refused(words, device.startsWith("--device cuda") ? "--device cuda: " : "--precision: only --device cuda has it", " cannot be used: ",
                    NativeLibraries.here().missing().orElseThrow(), "langevin devices");
        }
    }

    /** What does not fit is refused before it is begun; nothing is left behind. */
    @Test
    void moreMemoryThanThereIs() {
        Path config = Cli.write(folder.resolve("large.toml"), Cli.POINTS.replace("batch = 16", "batch = 100000").replace("width = 16", "width = 4096"));
        Cli.refused(List.of("train", "--config", config, "--device", "cpu", "--out", folder.resolve("run")), "training takes about", "the JVM may use", "micro-batches");
        Path mirrored = Cli.write(folder.resolve("mirrored.toml"), "flip = true\n" + Cli.POINTS);
        Cli.refused(List.of("train", "--config", mirrored, "--out", folder.resolve("run")), "flip = true");
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void idxFiles() throws IOException {
        Path images = folder.resolve("train-images-idx3-ubyte");
        List<Object> train = List.of("train", "mnist", "--data", folder, "--out", folder.resolve("run"));
        Files.write(images, idx(0x0803, 2, 1));
        Cli.refused(train, images.toString(), "truncated");
        Files.write(images, idx(0x0d03, 2, 2));
        Cli.refused(train, images.toString(), "not an IDX file");
        Files.write(images, idx(0x0803, 2, 2));
        Cli.refused(train, images.toString(), "MD5");
        Cli.refused(List.of("data", "mnist", "--data", folder), images.toString(), "MD5");
        assertFalse(Files.exists(folder.resolve("run")));
    }

    /** The header of {@code claimed} images of 28 x 28, and black pixels for {@code held} of them. */
    private static byte[] idx(int magic, int claimed, int held) {
        return ByteBuffer.allocate(16 + held * 28 * 28).putInt(magic).putInt(claimed).putInt(28).putInt(28).array();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "image-size = 30     | channel-mults = [1, 2, 4] | image-size 30 does not divide by 4",
        "upsampling = \"up\" |                           | upsampling 'up' is unknown",
        "image-sise = 28     |                           | image-sise",
        "image-size = \"8\"  |                           | image-size",
        "groups = 7          |                           | groups 7"})
    void networksThatCannotBeBuilt(String first, String second, String piece) {
        Path config = Cli.write(folder.resolve("bad.toml"), "[unet]\n" + first + "\n" + (second == null ? "" : second) + "\n");
        Cli.refused(List.of("train", "--config", config, "--out", folder.resolve("run")), piece);
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "sampler = \"em\"  | sampler = \"me\"                    | unknown sampler 'me'",
        "network = \"mlp\" | network = \"unet\"                  | examples of shape [2]",
        "network = \"mlp\" | network = \"vit\"                   | network 'vit' is unknown",
        "batch = 16       | batch = 2000000000                  | optimiser.batch 2000000000",
        "n = 8            | n = 2000000000                      | sampling.n) 2000000000",
        "batch = 16       | batch = true                        | optimiser.batch",
        "batch = 16       | beta2 = 1                           | [optimiser] beta1, beta2 and ema-decay",
        "batch = 16       | eps = 0.0                           | [optimiser] learning-rate, clip and eps",
        "batch = 16       | last-learning-rate = -1             | [optimiser] weight-decay",
        "swiss-roll        | swiss-rolls                         | unknown data set 'swiss-rolls'"})
    void configurationsOfPoints(String right, String wrong, String piece) {
        Path config = Cli.write(folder.resolve("bad.toml"), Cli.POINTS.replace(right.strip(), wrong.strip()));
        Cli.refused(List.of("train", "--config", config, "--out", folder.resolve("run")), piece);
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void placesThatCannotBeWritten() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "kept");
        Cli.refused(List.of("train", "swiss-roll", "--out", file.resolve("run")), file.toString());
        Cli.refused(List.of("train", "swiss-roll", "--out", file), file.toString(), "is a file");
        Cli.refused(List.of("train", "swiss-roll", "--out", folder), folder.toString(), "is not empty");
        Path run = Cli.pointsRun(folder);
        Cli.refused(List.of("sample", "--run", run, "--out", file.resolve("x.png")), "--out");
        Cli.refused(List.of("sample", "--run", run, "--out", folder), "--out", "is not a file");
        Path config = run.resolve("config.toml");
        String before = Files.readString(config);
        Cli.refused(List.of("sample", "--run", run, "--out", config), "--out", ".png");
        assertEquals(before, Files.readString(config));
        assertEquals("kept", Files.readString(file));
    }

    /** Not even the administrator writes in /proc, or may have a device replaced by a picture. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void placesThatNobodyCanWrite() {
        Cli.refused(List.of("train", "swiss-roll", "--out", "/proc/langevin/run"), "/proc/langevin/run");
        Path run = Cli.pointsRun(folder);
        Cli.refused(List.of("sample", "--run", run, "--out", "/proc/langevin/x.png"), "/proc/langevin/x.png");
        Cli.refused(List.of("sample", "--run", run, "--out", "/dev/full"), "/dev/full", "is not a file");
    }

    @Test
    void foldersThatAreNoRun() throws IOException {
        Cli.refused(List.of("train", "--resume", folder), folder.toString(), "not a run");
        Cli.refused(List.of("sample", "--run", folder), folder.toString(), "not a run");
        Path file = Files.writeString(folder.resolve("file"), "");
        Cli.refused(List.of("train", "--resume", file), file.toString());
    }

    @Test
    void aResumedRunKeepsItsConfiguration() {
        Path run = Cli.pointsRun(folder);
        Cli.refused(List.of("train", "--resume", run, "--steps", 9), "leave out --steps");
        Cli.refused(List.of("train", "--resume", run, "--seed", 9), "--seed");
        Cli.refused(List.of("train", "--resume", run, "--out", folder.resolve("other")), "--out");
    }

    @Test
    void checkpointsThatAreDamagedOrForeign() throws IOException {
        Path run = Cli.pointsRun(folder);
        Path newest = run.resolve("checkpoints/step-00000004.safetensors");
        byte[] sound = Files.readAllBytes(newest);

        byte[] flipped = sound.clone();
        flipped[flipped.length - 5] ^= 1;
        refusedByAll(run, newest, flipped, "SHA-256");
        refusedByAll(run, newest, Arrays.copyOf(sound, sound.length / 2), newest.toString());
        refusedByAll(run, newest, "PK\3\4 this is a zip".getBytes(), "not a safetensors file");
        Path foreign = folder.resolve("foreign.safetensors");
        Safetensors.write(foreign, Map.of("x", new Safetensors.Entry(new int[] {2}, new float[] {1, 2})), Map.of());
        refusedByAll(run, newest, Files.readAllBytes(foreign), "not a checkpoint");
        Path images = Cli.imageRun(folder);
        refusedByAll(run, newest, Files.readAllBytes(images.resolve("checkpoints/step-00000002.safetensors")), "holds step 2, not the one of its name");
        Path others = images.resolve("checkpoints/step-00000004.safetensors");
        Checkpoints.Checkpoint content = Checkpoints.read(images.resolve("checkpoints/step-00000002.safetensors"));
        new Checkpoints(images.resolve("checkpoints"), 10).write(4, content.tensors(), Map.of());
        refusedByAll(run, newest, Files.readAllBytes(others), "another network");

        Files.write(newest, sound);
        assertEquals(0, Cli.run("sample", "--run", run).status());
    }

    /** Weights keep their shapes under another process or parametrisation, and would be taken for what they are not. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "kind = \"vp\"               | kind = \"ve\"",
        "beta-max = 20.0             | beta-max = 10.0",
        "parametrisation = \"noise\" | parametrisation = \"score\"",
        "time-scale = 999.0          | time-scale = 1.0"})
    void configurationsThatWereChangedAfterTraining(String right, String wrong) throws IOException {
        Path run = Cli.pointsRun(folder);
        String config = Files.readString(run.resolve("config.toml"));
        assertTrue(config.contains(right.strip()), config);
        Cli.write(run.resolve("config.toml"), config.replace(right.strip(), wrong.strip()));
        Cli.refused(List.of("sample", "--run", run), "config.toml", wrong.strip(), right.strip());
        Cli.refused(List.of("train", "--resume", run), "config.toml", wrong.strip(), right.strip());
        Cli.write(run.resolve("config.toml"), config.replace("learning-rate = 2e-4", "learning-rate = 1e-4"));
        assertEquals(0, Cli.run("sample", "--run", run).status());
        assertEquals(0, Cli.run("train", "--resume", run).status());
    }

    private static void refusedByAll(Path run, Path file, byte[] content, String piece) throws IOException {
        Files.write(file, content);
        Cli.refused(List.of("sample", "--run", run), piece);
        Cli resumed = Cli.run("train", "--resume", run);
        resumed.mustRefuse(piece);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertTrue(Files.exists(file.resolveSibling("step-00000003.safetensors")));
    }

    @Test
    void aLossThatIsNotFinite() {
        Path config = Cli.write(folder.resolve("nan.toml"), Cli.POINTS.replace("batch = 16", "batch = 16\nlearning-rate = 1e30\nwarmup-steps = 0"));
        Path run = folder.resolve("run");
        Cli cli = Cli.run("train", "--config", config, "--out", run);
        cli.mustRefuse("training stopped at step 2", "first tensor that is not finite is");
        assertEquals(1, new Checkpoints(run.resolve("checkpoints"), 10).latest().step());
    }

    @Test
    void imagesThatDoNotFit() throws IOException {
        Path run = Cli.imageRun(folder);
        Path grid = folder.resolve("grid.png");
        assertEquals(0, Cli.run("sample", "--run", run, "--out", grid).status());
        Cli.refused(List.of("denoise", "--run", run, "--image", grid), grid.toString(), "the network takes 8 x 8");
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        Cli.refused(List.of("denoise", "--run", run, "--image", text), text.toString(), "not an image");
        Cli.refused(List.of("denoise", "--run", run, "--image", folder.resolve("none.png")), "none.png", "no such file");
        Cli.refused(List.of("denoise", "--run", run, "--image", text, "--sigma", "-1"), "deviation -1.0");
        Cli.refused(List.of("denoise", "--run", run, "--image", text, "--time", "0.3", "--sigma", "1"), "--time and --sigma");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "hein"), "unknown sampler 'hein'");
        Cli.refused(List.of("sample", "--run", run, "--n", "0"), "--n 0");
        Cli.refused(List.of("sample", "--run", run, "--steps", "0"), "--steps 0");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "pc", "--snr", "0"), "--snr 0.0");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "pc", "--snr", "NaN"), "--snr NaN");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "pc", "--corrector-steps", "0"), "--corrector-steps 0");
        Cli.refused(List.of("sample", "--run", run, "--snr", "0.2"), "--snr", "sampler 'em' takes no notice of it");
        Cli.refused(List.of("sample", "--run", run, "--snr", "0.16"), "--snr", "sampler 'em' takes no notice of it");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "ddim", "--eta", "1.5"), "--eta 1.5");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "dpmpp-2m", "--eta", "1"), "--eta", "sampler 'dpmpp-2m' takes no notice of it");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "edm", "--churn", "1,2"), "--churn", "S,MIN,MAX");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "edm", "--churn=-1"), "--churn", "S >= 0");
        Cli.refused(List.of("sample", "--run", run, "--sampler", "unipc", "--churn", "40"), "--churn", "sampler 'unipc' takes no notice of it");
        Cli.refused(List.of("sample", "--run", run, "--threshold", "101"), "--threshold 101", "percentile");
        Cli.refused(List.of("sample", "--run", run, "--threshold", "dynamic"), "--threshold dynamic", "percentile");
        Cli.refused(List.of("sample", "--run", run, "--schedule", "kerras"), "unknown schedule 'kerras'", "karras");
        Cli.refused(List.of("sample", "--run", run, "--corrector-steps", "2"), "--corrector-steps", "sampler 'em' takes no notice of it");
        Path points = Cli.pointsRun(folder);
        Cli.refused(List.of("denoise", "--run", points), "makes points");
        Cli.refused(List.of("sample", "--run", points, "--threshold", "99"), "--threshold", "makes points");
    }

    @Test
    void debugShowsTheTrace() {
        Cli cli = Cli.run("train", "mnits", "--debug");
        assertEquals(2, cli.status());
        assertTrue(cli.err().contains("InputException") && cli.err().contains("\tat dev.langevin."), cli.err());
    }
}
