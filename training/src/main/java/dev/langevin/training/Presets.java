package dev.langevin.training;

import dev.langevin.engine.InputException;
import dev.langevin.training.run.TomlConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The configurations that come with Langevin: resource files under {@code presets/}, read like a user's own. */
public final class Presets {
    /** Every preset's name; a new one is its file and its name here. */
    public static final List<String> NAMES = List.of("mnist", "mnist-conditional", "mnist-unet", "noise-classifier-mnist", "classifier-mnist",
            "classifier-fashion-mnist", "classifier-cifar10", "swiss-roll", "fashion-mnist", "cifar10",
            "folder", "celeba-hq-256", "lsun-church-256", "afhq-512", "ffhq-1024");

    private Presets() {
    }

    /** @throws InputException when there is none of this name; the message lists those there are */
    public static TrainConfig named(String name) {
        if (!NAMES.contains(name)) {
            throw new InputException("unknown preset '" + name + "': choose one of " + String.join(", ", NAMES)
                    + ", or give a file with --config");
        }
        try (InputStream in = Presets.class.getResourceAsStream("/presets/" + name + ".toml")) {
            return TomlConfig.read(in, "preset " + name, TrainConfig.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
