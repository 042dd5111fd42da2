package dev.langevin.training.image;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** What guidance buys and what it costs, against its weight: accuracy in one panel, Frechet distance in the other. */
public final class GuidancePlot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 320;
    private static final Color[] COLOURS = {Charts.BLUE, Charts.ORANGE, new Color(0x2C, 0xA0, 0x2C)};

    /**
     * One way to guide.
     *
     * @param name in the legend
     * @param weights rising
     * @param accuracy in per cent
     * @param frechet distance
     */
    public record Curve(String name, double[] weights, double[] accuracy, double[] frechet) {
    }

    private GuidancePlot() {
    }

    /**
     * @param distance name of the distance
     * @throws dev.langevin.engine.LangevinException when the machine has no font
     */
    public static BufferedImage of(String distance, List<Curve> curves) {
        Charts.prepare();
        XYChart accuracy = chart("accuracy, %");
        XYChart frechet = chart(distance);
        for (int i = 0; i < curves.size(); i++) {
            Curve curve = curves.get(i);
            Color colour = COLOURS[i % COLOURS.length];
            accuracy.addSeries(curve.name(), curve.weights(), curve.accuracy()).setMarkerColor(colour).setLineColor(colour);
            frechet.addSeries(curve.name(), curve.weights(), curve.frechet()).setMarkerColor(colour).setLineColor(colour);
        }
        BufferedImage picture = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        picture.createGraphics().drawImage(Charts.draw(accuracy), 0, 0, null);
        picture.createGraphics().drawImage(Charts.draw(frechet), WIDTH, 0, null);
        return picture;
    }

    private static XYChart chart(String title) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).xAxisTitle("weight of guidance").yAxisTitle(title).build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS).setLegendLayout(Styler.LegendLayout.Horizontal);
        return chart;
    }
}
