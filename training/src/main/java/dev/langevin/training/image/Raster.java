package dev.langevin.training.image;

import java.util.Arrays;

/**
 * A picture in bytes.
 *
 * @param pixels (height, width, channels), row by row, unsigned
 * @param height rows, at least 1
 * @param width columns, at least 1
 * @param channels 1 for grey, 3 for red, green and blue
 */
public record Raster(byte[] pixels, int height, int width, int channels) {
    public Raster {
        if (height < 1 || width < 1 || pixels.length != height * width * channels) {
            throw new IllegalArgumentException(pixels.length + " bytes are not a picture of (" + height + ", " + width + ", " + channels + ")");
        }
    }

    /**
     * The largest part in the middle that has the shape of {@code rows} x {@code columns}, scaled down to it: each pixel is the mean
     * of the area that it covers, taken of the bytes as they are (no gamma), rounded. Where nothing is scaled, pixels are copied.
     *
     * @param rows at most {@link #height}
     * @param columns at most {@link #width}
     */
    public Raster cover(int rows, int columns) {
        if (rows > height || columns > width) {
            throw new IllegalArgumentException(rows + " x " + columns + " of " + height + " x " + width + " would be scaled up");
        }
        double scale = Math.min((double) height / rows, (double) width / columns);
        // Whole offsets: a picture that is only cropped keeps its bytes.
        int top = (int) ((height - rows * scale) / 2);
        int left = (int) ((width - columns * scale) / 2);
        int rowLength = columns * channels;
        float[] means = new float[height * rowLength]; // of columns first
        for (int j = 0; j < columns; j++) {
            Span span = Span.of(left + j * scale, scale, width);
            for (int i = 0; i < height; i++) {
                for (int x = span.from; x < span.to; x++) {
                    float weight = (float) span.weight(x);
                    for (int c = 0; c < channels; c++) {
                        means[i * rowLength + j * channels + c] += weight * (pixels[(i * width + x) * channels + c] & 0xff);
                    }
                }
            }
        }
        byte[] covered = new byte[rows * rowLength];
        float[] row = new float[rowLength];
        for (int i = 0; i < rows; i++) {
            Arrays.fill(row, 0);
            Span span = Span.of(top + i * scale, scale, height);
            for (int y = span.from; y < span.to; y++) {
                float weight = (float) span.weight(y);
                for (int k = 0; k < rowLength; k++) {
                    row[k] += weight * means[y * rowLength + k];
                }
            }
            for (int k = 0; k < rowLength; k++) {
                covered[i * rowLength + k] = (byte) Math.round(row[k]);
            }
        }
        return new Raster(covered, rows, columns, channels);
    }

    /** The pixels [from, to) of an axis that the interval [begin, begin + length) touches. */
    private record Span(double begin, double length, int from, int to) {
        static Span of(double begin, double length, int limit) {
            return new Span(begin, length, (int) begin, (int) Math.min(limit, Math.ceil(begin + length)));
        }

        /** Share of the interval that lies in a pixel; they sum to 1. */
        double weight(int pixel) {
            return Math.max(0, Math.min(pixel + 1, begin + length) - Math.max(pixel, begin)) / length;
        }
    }
}
