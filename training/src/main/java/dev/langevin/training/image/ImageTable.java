package dev.langevin.training.image;

import java.awt.image.BufferedImage;
import java.util.List;

/** Small grids of images as the cells of a table with names for its rows and columns. */
public final class ImageTable {
    private static final int MARGIN = 6;
    private static final int LABEL_RGB = 0xE0E0E0;

    private ImageTable() {
    }

    /**
     * @param rows names of the rows, drawn in small letters, with a dash for a sign that has no dots; empty for none
     * @param columns names of the columns; a column is as wide as its images or the longest of these
     * @param cells for each row and column (count, height, width, channels) in [-1, 1], or null for an empty cell
     * @param count images in a cell
     */
    public static BufferedImage of(List<String> rows, List<String> columns, float[][][] cells, int count, int height, int width,
            int channels) {
        int side = ImageGrid.squareColumns(count);
        int cellWidth = Math.max(side * (width + ImageGrid.PADDING), widest(columns)) + MARGIN;
        int cellHeight = (count + side - 1) / side * (height + ImageGrid.PADDING) + MARGIN;
        int left = widest(rows) == 0 ? MARGIN : 2 * MARGIN + widest(rows);
        int top = widest(columns) == 0 ? MARGIN : 2 * MARGIN + DotFont.HEIGHT;
        BufferedImage picture = new BufferedImage(left + columns.size() * cellWidth, top + rows.size() * cellHeight, BufferedImage.TYPE_INT_RGB);
        ImageGrid.fill(picture, ImageGrid.PADDING_RGB);
        for (int column = 0; column < columns.size(); column++) {
            String name = columns.get(column);
            DotFont.draw(picture, DotFont.drawable(name), left + column * cellWidth + (cellWidth - MARGIN - DotFont.width(name)) / 2, MARGIN, LABEL_RGB);
        }
        for (int row = 0; row < rows.size(); row++) {
            int y = top + row * cellHeight;
            DotFont.draw(picture, DotFont.drawable(rows.get(row)), MARGIN, y + (cellHeight - MARGIN - DotFont.HEIGHT) / 2, LABEL_RGB);
            for (int column = 0; column < columns.size(); column++) {
                float[] images = cells[row][column];
                if (images != null) {
                    ImageGrid.check(images, count, height, width, channels);
                    for (int i = 0; i < count; i++) {
                        ImageGrid.paint(picture, left + column * cellWidth + i % side * (width + ImageGrid.PADDING),
                                y + i / side * (height + ImageGrid.PADDING), 1, images, i, height, width, channels);
                    }
                }
            }
        }
        return picture;
    }

    private static int widest(List<String> names) {
        return names.stream().mapToInt(DotFont::width).max().orElse(0);
    }
}
