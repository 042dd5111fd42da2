package dev.langevin.kernels.emulator;

/** Float32 operations rounded towards zero ({@code rz}), down ({@code rm}) or up ({@code rp}). */
final class Directed {
    private Directed() {
    }

    /** The float next to value + rest in the mode's direction; {@code rest} is less than an ulp of {@code value} in double. */
    static float round(double value, double rest, String mode) {
        float f = (float) value;
        if (Float.isNaN(f) || Double.isInfinite(value)) {
            return f;
        }
        // Sign of exact result minus f.
        double over = value != f ? value - f : rest;
        return switch (mode) {
            case "rm" -> over < 0 ? Math.nextDown(f) : f;
            case "rp" -> over > 0 ? Math.nextUp(f) : f;
            default -> over < 0 && f > 0 ? Math.nextDown(f) : over > 0 && f < 0 ? Math.nextUp(f) : f;
        };
    }

    static float fma(float a, float b, float c, String mode) {
        double p = (double) a * b;
        double s = p + c;
        // What the sum lost, by Knuth.
        double t = s - p;
        return round(s, p - (s - t) + (c - t), mode);
    }

    static float apply(String base, float a, float b, String mode) {
        return switch (base) {
            case "add" -> fma(a, 1, b, mode);
            case "sub" -> fma(a, 1, -b, mode);
            case "mul" -> round((double) a * b, 0, mode);
            case "div" -> {
                double q = (double) a / b;
                yield round(q, -Math.fma(q, b, -(double) a) * Math.signum(b), mode);
            }
            default -> throw new IllegalArgumentException(base + "." + mode);
        };
    }

    static float apply(String base, float a, String mode) {
        return switch (base) {
            case "rcp" -> apply("div", 1, a, mode);
            case "sqrt" -> {
                double r = Math.sqrt(a);
                yield round(r, -Math.fma(r, r, -(double) a), mode);
            }
            default -> throw new IllegalArgumentException(base + "." + mode);
        };
    }
}
