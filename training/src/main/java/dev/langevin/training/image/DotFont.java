package dev.langevin.training.image;

import java.awt.image.BufferedImage;
import java.util.Locale;

/**
 * The characters of labels, small letters, digits and some signs, as 5 x 7 dots. The JDK's own fonts look different on every machine, and are
 * not there at all on servers without fontconfig; a strip should be the same everywhere.
 */
final class DotFont {
    static final int HEIGHT = 7;
    private static final int WIDTH = 5;
    private static final int ADVANCE = 6;
    private static final String CHARACTERS = "0123456789t=.-abcdefghijklmnopqrsuvwxyz+ /%()[],:|<\u00b1";
    /** For each character its rows from top to bottom; the highest of five bits is the left dot. */
    private static final int[][] DOTS = {
        {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
        {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
        {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
        {0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110},
        {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
        {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
        {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
        {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
        {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
        {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
        {0b01000, 0b01000, 0b11100, 0b01000, 0b01000, 0b01001, 0b00110},
        {0b00000, 0b00000, 0b11111, 0b00000, 0b11111, 0b00000, 0b00000},
        {0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100},
        {0b00000, 0b00000, 0b00000, 0b11111, 0b00000, 0b00000, 0b00000},
        {0b00000, 0b00000, 0b01110, 0b00001, 0b01111, 0b10001, 0b01111},
        {0b10000, 0b10000, 0b10110, 0b11001, 0b10001, 0b10001, 0b11110},
        {0b00000, 0b00000, 0b01110, 0b10000, 0b10000, 0b10001, 0b01110},
        {0b00001, 0b00001, 0b01101, 0b10011, 0b10001, 0b10001, 0b01111},
        {0b00000, 0b00000, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110},
        {0b00110, 0b01001, 0b01000, 0b11100, 0b01000, 0b01000, 0b01000},
        {0b00000, 0b01111, 0b10001, 0b10001, 0b01111, 0b00001, 0b01110},
        {0b10000, 0b10000, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001},
        {0b00100, 0b00000, 0b01100, 0b00100, 0b00100, 0b00100, 0b01110},
        {0b00010, 0b00000, 0b00110, 0b00010, 0b00010, 0b10010, 0b01100},
        {0b10000, 0b10000, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010},
        {0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
        {0b00000, 0b00000, 0b11010, 0b10101, 0b10101, 0b10001, 0b10001},
        {0b00000, 0b00000, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001},
        {0b00000, 0b00000, 0b01110, 0b10001, 0b10001, 0b10001, 0b01110},
        {0b00000, 0b00000, 0b11110, 0b10001, 0b11110, 0b10000, 0b10000},
        {0b00000, 0b00000, 0b01101, 0b10011, 0b01111, 0b00001, 0b00001},
        {0b00000, 0b00000, 0b10110, 0b11001, 0b10000, 0b10000, 0b10000},
        {0b00000, 0b00000, 0b01110, 0b10000, 0b01110, 0b00001, 0b11110},
        {0b00000, 0b00000, 0b10001, 0b10001, 0b10001, 0b10011, 0b01101},
        {0b00000, 0b00000, 0b10001, 0b10001, 0b10001, 0b01010, 0b00100},
        {0b00000, 0b00000, 0b10001, 0b10001, 0b10101, 0b10101, 0b01010},
        {0b00000, 0b00000, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001},
        {0b00000, 0b00000, 0b10001, 0b10001, 0b01111, 0b00001, 0b01110},
        {0b00000, 0b00000, 0b11111, 0b00010, 0b00100, 0b01000, 0b11111},
        {0b00000, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0b00000},
        {0, 0, 0, 0, 0, 0, 0},
        {0b00001, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b10000},
        {0b11000, 0b11001, 0b00010, 0b00100, 0b01000, 0b10011, 0b00011},
        {0b00010, 0b00100, 0b01000, 0b01000, 0b01000, 0b00100, 0b00010},
        {0b01000, 0b00100, 0b00010, 0b00010, 0b00010, 0b00100, 0b01000},
        {0b01110, 0b01000, 0b01000, 0b01000, 0b01000, 0b01000, 0b01110},
        {0b01110, 0b00010, 0b00010, 0b00010, 0b00010, 0b00010, 0b01110},
        {0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b00100, 0b01000},
        {0b00000, 0b01100, 0b01100, 0b00000, 0b01100, 0b01100, 0b00000},
        {0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
        {0b00010, 0b00100, 0b01000, 0b10000, 0b01000, 0b00100, 0b00010},
        {0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0b00000, 0b11111},
    };

    private DotFont() {
    }

    /** Pixels from the first dot of a text to its last; 0 for an empty one. */
    static int width(String text) {
        return text.isEmpty() ? 0 : text.length() * ADVANCE - (ADVANCE - WIDTH);
    }

    /** The text with small letters for capitals, and a dash for what has no dots. */
    static String drawable(String text) {
        StringBuilder out = new StringBuilder();
        text.toLowerCase(Locale.ROOT).chars().forEach(c -> out.append(CHARACTERS.indexOf(c) < 0 ? '-' : (char) c));
        return out.toString();
    }

    /** Draws a text with its upper left corner at (left, top). */
    static void draw(BufferedImage picture, String text, int left, int top, int rgb) {
        for (int i = 0; i < text.length(); i++) {
            int index = CHARACTERS.indexOf(text.charAt(i));
            if (index < 0) {
                throw new IllegalArgumentException("no dots for '" + text.charAt(i) + "'");
            }
            for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                    if ((DOTS[index][y] >> (WIDTH - 1 - x) & 1) != 0) {
                        picture.setRGB(left + i * ADVANCE + x, top + y, rgb);
                    }
                }
            }
        }
    }
}
