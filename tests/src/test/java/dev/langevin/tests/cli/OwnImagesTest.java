package dev.langevin.tests.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langevin.tests.data.CifarFiles;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From files to samples (rows D-CIFAR, D-FOLDER): the command line describes a set, trains on it, goes on after a stop, and draws. */
class OwnImagesTest {
    @TempDir
    Path folder;

    /** Small files in CIFAR-10's format; with flips, a run that was stopped ends with the bits of one that was not. */
    @Test
    void cifar() throws IOException {
        Path data = CifarFiles.write(folder.resolve("cifar"), 4);
        JsonNode about = Cli.figures("data", "cifar10", "--data", data);
        assertEquals(20, about.get("train").intValue());
        assertEquals(4, about.get("test").intValue());
        assertEquals("[2,1]", about.get("classes").get("cat").toString());
        assertTrue(about.get("checksums").textValue().startsWith("not checked"));

        Path config = Cli.write(folder.resolve("tiny.toml"), config("cifar10").replace("network", "flip = true\nnetwork"));
        Path whole = trained(config, data, "whole");
        Path stopped = folder.resolve("stopped");
        assertEquals(0, Cli.run("train", "--config", config, "--data", data, "--out", stopped).status());
        Files.delete(stopped.resolve("checkpoints/step-00000002.safetensors"));
        assertEquals(0, Cli.run("train", "--resume", stopped).status(), "the run knows where its data lie");
        assertArrayEquals(last(whole), last(stopped));
        Path plain = trained(Cli.write(folder.resolve("plain.toml"), config("cifar10")), data, "plain");
        assertTrue(!Arrays.equals(last(plain), last(whole)), "flips change what is learnt");

        Path picture = folder.resolve("samples.png");
        Cli.figures("sample", "--run", whole, "--n", 2, "--out", picture);
        assertTrue(Png.read(picture, 32 + 4, 2 * 32 + 6, 3).length > 0);
    }

    @Test
    void folder() throws IOException {
        for (int i = 0; i < 6; i++) {
            BufferedImage image = new BufferedImage(20 + i, 24, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < 20 * 24; p++) {
                image.setRGB(p % 20, p / 20, 40 * i + p);
            }
            Files.createDirectories(folder.resolve("own/" + (i < 4 ? "first" : "second")));
            Png.write(folder.resolve("own/" + (i < 4 ? "first" : "second") + "/" + i + ".png"), image);
        }
        Path data = folder.resolve("own");
        JsonNode about = Cli.figures("data", "folder", "--data", data);
        assertEquals(6, about.get("train").intValue());
        assertEquals("[20,25]", about.get("width").toString());
        assertEquals("[24,24]", about.get("height").toString());
        assertEquals(4, about.get("classes").get("first").intValue());

        Path run = trained(Cli.write(folder.resolve("tiny.toml"), config("folder").replace("image-size = 32", "image-size = 8")), data, "run");
        Cli.figures("sample", "--run", run, "--n", 2);
        Cli.figures("denoise", "--run", run, "--from-data", 2);
        Path moved = Files.move(data, folder.resolve("moved"));
        Cli.refused(List.of("denoise", "--run", run), data.toString(), "no such folder", "--data");
        Cli.refused(List.of("train", "--resume", run), data.toString(), "no such folder", "--data");
        Cli.figures("denoise", "--run", run, "--data", moved, "--from-data", 2);
        Files.delete(run.resolve("checkpoints/step-00000002.safetensors"));
        assertEquals(0, Cli.run("train", "--resume", run, "--data", moved).status());
        Cli.figures("denoise", "--run", run, "--from-data", 2);
        Files.writeString(run.resolve("data-folder.txt"), " ");
        Cli.refused(List.of("denoise", "--run", run), "data-folder.txt: names no folder", "--data");
        Cli.refused(List.of("likelihood", "--run", run, "--data", moved), "--split train");

        String classes = config("folder").replace("image-size = 32\nchannels = 3", "image-size = 8") + "[unet.classes]\nnumber = 2\n[objective]\nlabel-dropout = 0.1\n";
        Path grey = trained(Cli.write(folder.resolve("grey.toml"), classes), moved, "grey");
        assertEquals("1", Cli.figures("sample", "--run", grey, "--n", 2, "--label", 1, "--guidance", 2).get("label").textValue());
        Cli.figures("interpolate", "--run", grey, "--from-data", 1, "--label", 0, "--steps", 2);
        Cli.refused(List.of("sample", "--run", grey, "--label", 2), "--label 2: there are classes 0 to 1");
        Path told = trained(Cli.write(folder.resolve("told.toml"), classes.replace("\"unet\"", "\"classifier\"")), moved, "told");
        assertTrue(Files.exists(told.resolve("checkpoints/step-00000002.safetensors")), "trained, though none is held out to say how well");
        Path three = Cli.write(folder.resolve("three.toml"), classes.replace("number = 2", "number = 3"));
        Cli.run("train", "--config", three, "--data", moved, "--out", folder.resolve("three")).mustRefuse("unet.classes.number 3", "has 2 classes");
        assertTrue(Files.notExists(folder.resolve("three")));
    }

    private Path trained(Path config, Path data, String name) {
        Path run = folder.resolve(name);
        Cli cli = Cli.run("train", "--config", config, "--data", data, "--out", run);
        assertEquals(0, cli.status(), cli.err());
        assertTrue(cli.err().contains("training takes about"), cli.err());
        return run;
    }

    private static byte[] last(Path run) throws IOException {
        return Files.readAllBytes(run.resolve("checkpoints/step-00000002.safetensors"));
    }

    /** A tiny U-Net of colour images and two steps. */
    private static String config(String data) {
        return "data = \"" + data + "\"\n" + Cli.IMAGES.replace("image-size = 8", "image-size = 32\nchannels = 3");
    }
}
