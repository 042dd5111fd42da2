package dev.langevin.training.image;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Points of the data and of a model side by side, on equal axes. */
public final class ScatterPlot {
    private static final int SIDE = 480;

    private ScatterPlot() {
    }

    /**
     * Data on the left, the model's samples on the right.
     *
     * @param data points (n, 2), row-major
     * @param samples points (m, 2), row-major; points outside of [-limit, limit]^2 are not shown
     * @param limit half the side of the square that is shown
     * @throws dev.langevin.engine.LangevinException when the machine has no font
     */
    public static BufferedImage of(float[] data, float[] samples, double limit) {
        Charts.prepare();
        BufferedImage picture = new BufferedImage(2 * SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        picture.setData(panel("data", data, limit, Charts.BLUE).getData());
        picture.getRaster().setRect(SIDE, 0, panel("model", samples, limit, Charts.ORANGE).getData());
        return picture;
    }

    private static BufferedImage panel(String title, float[] points, double limit, Color colour) {
        XYChart chart = new XYChartBuilder().width(SIDE).height(SIDE).title(title).build();
        chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter).setLegendVisible(false);
        chart.getStyler().setXAxisMin(-limit).setXAxisMax(limit).setYAxisMin(-limit).setYAxisMax(limit);
        double[][] shown = inside(points, limit);
        if (shown[0].length > 0) {
            chart.addSeries(title, shown[0], shown[1]).setMarker(SeriesMarkers.CIRCLE).setMarkerColor(colour);
        }
        BufferedImage drawn = Charts.draw(chart);
        BufferedImage rgb = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        rgb.createGraphics().drawImage(drawn, 0, 0, null);
        return rgb;
    }

    private static double[][] inside(float[] points, double limit) {
        double[] x = new double[points.length / 2];
        double[] y = new double[points.length / 2];
        int n = 0;
        for (int i = 0; i + 1 < points.length; i += 2) {
            if (Math.abs(points[i]) <= limit && Math.abs(points[i + 1]) <= limit) {
                x[n] = points[i];
                y[n++] = points[i + 1];
            }
        }
        return new double[][] {Arrays.copyOf(x, n), Arrays.copyOf(y, n)};
    }
}
