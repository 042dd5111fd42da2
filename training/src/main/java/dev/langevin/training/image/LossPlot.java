package dev.langevin.training.image;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The loss over the steps, each logged value and their exponential average, on a logarithmic axis. */
public final class LossPlot {
    private static final double DECAY = 0.95;

    private LossPlot() {
    }

    /**
     * @param steps steps of the logged values, increasing
     * @param losses the values; those that are not positive and finite have no place on the axis and are left out
     * @throws dev.langevin.engine.LangevinException when the machine has no font
     */
    public static BufferedImage of(double[] steps, double[] losses) {
        Charts.prepare();
        int[] shown = IntStream.range(0, steps.length)
                .filter(i -> losses[i] > 0 && Double.isFinite(losses[i])).toArray();
        double[] x = Arrays.stream(shown).mapToDouble(i -> steps[i]).toArray();
        double[] y = Arrays.stream(shown).mapToDouble(i -> losses[i]).toArray();
        XYChart chart = new XYChartBuilder().width(800).height(500).xAxisTitle("step").yAxisTitle("loss").build();
        if (y.length > 0) {
            chart.getStyler().setYAxisLogarithmic(true);
            chart.addSeries("loss", x, y).setMarker(SeriesMarkers.NONE).setLineWidth(1)
                    .setLineColor(new Color(0x1F, 0x77, 0xB4, 90));
            chart.addSeries("average", x, average(y)).setMarker(SeriesMarkers.NONE)
                    .setLineStyle(new BasicStroke(2)).setLineColor(Charts.ORANGE);
        }
        return Charts.draw(chart);
    }

    /** Exponential average of the values so far, corrected for its start as Adam corrects its moments. */
    static double[] average(double[] values) {
        double[] averages = new double[values.length];
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < values.length; i++) {
            sum = DECAY * sum + (1 - DECAY) * values[i];
            weight = DECAY * weight + (1 - DECAY);
            averages[i] = sum / weight;
        }
        return averages;
    }
}
