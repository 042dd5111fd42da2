package dev.langevin.tests.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The listings of kernels/README.md are the files of the example, which {@link QuickGeluTest} runs. */
class KernelPageTest {
    private static final Pattern LISTING = Pattern.compile("<!-- ([\\w.]+) -->\n```\\w+\n(.*?)```", Pattern.DOTALL);

    @Test
    void listingsAreTheFiles() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(root.resolve("kernels/README.md"))) {
            root = root.getParent();
        }
        Matcher m = LISTING.matcher(Files.readString(root.resolve("kernels/README.md")));
        int listings = 0;
        while (m.find()) {
            Path file = root.resolve("tests/src/test").resolve(m.group(1).endsWith(".cu") ? "resources/example" : "java/dev/langevin/tests/example")
                    .resolve(m.group(1));
            assertEquals(Files.readString(file), m.group(2), "kernels/README.md, " + m.group(1));
            listings++;
        }
        assertTrue(listings == 4, listings + " listings");
    }
}
