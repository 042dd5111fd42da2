package dev.langevin.training.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.langevin.model.io.AtomicFile;
import dev.langevin.training.image.Png;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An evaluation as files: NAME.json with every figure, NAME.md with the table, NAME.png to look at.
 *
 * @param name of the files
 * @param about how the samples were made and by what they were measured
 * @param table what was measured
 * @param page the picture
 */
public record EvaluationReport(String name, Map<String, Object> about, EvaluationTable table, BufferedImage page) {
    /** All figures: those of {@link #about}, then the rows. */
    public Map<String, Object> figures() {
        Map<String, Object> figures = new LinkedHashMap<>(about);
        figures.put("rows", table.figures());
        return figures;
    }

    /**
     * Writes the files, each whole or not at all, over those of an evaluation before.
     *
     * @return the files
     */
    public List<Path> write(Path folder) {
        Path json = folder.resolve(name + ".json");
        Path markdown = folder.resolve(name + ".md");
        Path picture = folder.resolve(name + ".png");
        try {
            AtomicFile.write(json, bytes(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(figures()) + "\n"));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // maps, lists, strings and numbers can always be written
        }
        List<String> notes = table.notes().stream().map(note -> "- " + note).toList();
        AtomicFile.write(markdown, bytes(table.markdown() + "\n" + String.join("\n", notes) + "\n"));
        Png.write(picture, page);
        return List.of(json, markdown, picture);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
