package dev.langevin.training.image;

import dev.langevin.engine.LangevinException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/** What the plots share. */
final class Charts {
    static final Color BLUE = new Color(0x1F, 0x77, 0xB4);
    static final Color ORANGE = new Color(0xFF, 0x7F, 0x0E);

    private Charts() {
    }

    /** AWT asks for a display unless told otherwise before its first use; who has decided already is left alone. */
    static void headless() {
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
    }

    static BufferedImage draw(XYChart chart) {
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotBackgroundColor(Color.WHITE);
        chart.getStyler().setMarkerSize(4);
        try {
            return BitmapEncoder.getBufferedImage(chart);
        } catch (InternalError | NullPointerException | NoClassDefFoundError | UnsatisfiedLinkError e) {
            // How the JDK says that the machine has no font, depending on what is missing.
            throw new LangevinException("plots need a font and this machine has none; install fontconfig and one "
                    + "font, for example the packages fontconfig and fonts-dejavu-core", e);
        }
    }
}
