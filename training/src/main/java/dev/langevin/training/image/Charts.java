package dev.langevin.training.image;

import dev.langevin.engine.LangevinException;
import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.image.BufferedImage;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;

/** What the plots share. */
public final class Charts {
    static final Color BLUE = new Color(0x1F, 0x77, 0xB4);
    static final Color ORANGE = new Color(0xFF, 0x7F, 0x0E);

    private Charts() {
    }

    /** Whether plots can be drawn here: servers without fontconfig and a font cannot. Grids and strips need none. */
    public static boolean available() {
        return fontFailure() == null;
    }

    /** Makes AWT ready for drawing, or throws when the machine has no font. */
    static void prepare() {
        Throwable failure = fontFailure();
        if (failure != null) {
            throw new LangevinException("plots need a font and this machine has none; install fontconfig and one "
                    + "font, for example the packages fontconfig and fonts-dejavu-core", failure);
        }
    }

    /** What the JDK throws when it looks for its first font, or null. */
    private static Throwable fontFailure() {
        // AWT asks for a display unless told otherwise before its first use; who has decided already is left alone.
        if (System.getProperty("java.awt.headless") == null) {
            System.setProperty("java.awt.headless", "true");
        }
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 10).getLineMetrics("0", new FontRenderContext(null, true, true));
            return null;
        } catch (RuntimeException | LinkageError | InternalError e) {
            // Which one depends on what is missing: the fonts, fontconfig, or the JDK's library of fonts.
            return e;
        }
    }

    static BufferedImage draw(XYChart chart) {
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotBackgroundColor(Color.WHITE);
        chart.getStyler().setMarkerSize(4);
        return BitmapEncoder.getBufferedImage(chart);
    }
}
