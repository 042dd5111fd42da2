package dev.langevin.kernels.emulator;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Numbers from one PTX type to another, on raw bits. */
final class Conversions {
    private Conversions() {
    }

    /** The value of raw bits. */
    static double real(String type, long raw, boolean ftz) {
        return switch (type) {
            case "f32" -> ftz ? FloatOps.flush(Float.intBitsToFloat((int) raw)) : Float.intBitsToFloat((int) raw);
            case "f64" -> Double.longBitsToDouble(raw);
            case "f16" -> Float.float16ToFloat((short) raw);
            case "bf16" -> Float.intBitsToFloat((int) raw << 16);
            default -> throw new IllegalArgumentException(type);
        };
    }

    /** Rounded to a whole number where the mode says so. */
    static double whole(String mode, double x) {
        return switch (mode) {
            case "rni" -> Math.rint(x);
            case "rzi" -> x < 0 ? Math.ceil(x) : Math.floor(x);
            case "rmi" -> Math.floor(x);
            case "rpi" -> Math.ceil(x);
            default -> x;
        };
    }

    /** Bits of x in a real type. */
    static long toReal(String type, double x, String mode, boolean sat, boolean ftz) {
        double v = !sat ? x : x >= 1 ? 1 : x > 0 ? x : 0;
        return switch (type) {
            case "f32" -> {
                float f = narrow(v, mode);
                yield Float.floatToRawIntBits(ftz ? FloatOps.flush(f) : f) & 0xffffffffL;
            }
            case "f64" -> Double.doubleToRawLongBits(v);
            case "f16" -> Float.floatToFloat16((float) v) & 0xffff;
            case "bf16" -> Bits.bfloat((float) v) & 0xffff;
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static float narrow(double v, String mode) {
        float f = (float) v;
        if (f == v || Double.isNaN(v)) {
            return f;
        }
        return switch (mode) {
            case "rz" -> Math.abs(f) > Math.abs(v) ? v > 0 ? Math.nextDown(f) : Math.nextUp(f) : f;
            case "rm" -> f > v ? Math.nextDown(f) : f;
            case "rp" -> f < v ? Math.nextUp(f) : f;
            default -> f;
        };
    }

    /** A whole type's bits for x, at its nearest end where it has none; 0 for NaN. */
    static long toWhole(String type, double x) {
        if (Double.isNaN(x)) {
            return 0;
        }
        return switch (type) {
            case "s64" -> (long) x;
            case "u64" -> x <= 0 ? 0 : x >= 0x1p64 ? -1 : new BigDecimal(x).toBigInteger().longValue();
            case "s32" -> (int) x;
            case "u32" -> (long) Math.max(0, Math.min(x, 0xffffffffL));
            case "s16" -> (long) Math.max(-32768, Math.min(x, 32767));
            case "u16" -> (long) Math.max(0, Math.min(x, 65535));
            case "s8" -> (long) Math.max(-128, Math.min(x, 127));
            case "u8" -> (long) Math.max(0, Math.min(x, 255));
            default -> throw new IllegalArgumentException(type);
        };
    }

    /** The value of a whole type's low bits. */
    static long extend(String type, long raw) {
        return switch (type) {
            case "s32" -> (int) raw;
            case "u32", "b32" -> raw & 0xffffffffL;
            case "s16" -> (short) raw;
            case "u16", "b16" -> raw & 0xffff;
            case "s8" -> (byte) raw;
            case "u8" -> raw & 0xff;
            case "s64", "u64", "b64" -> raw;
            default -> throw new IllegalArgumentException(type);
        };
    }

    static long saturate(String type, long x, boolean unsigned) {
        long v = unsigned && x < 0 ? Long.MAX_VALUE : x;
        return switch (type) {
            case "s32" -> Math.max(Integer.MIN_VALUE, Math.min(v, Integer.MAX_VALUE));
            case "u32" -> Math.max(0, Math.min(v, 0xffffffffL));
            case "s16" -> Math.max(-32768, Math.min(v, 32767));
            case "u16" -> Math.max(0, Math.min(v, 65535));
            case "s8" -> Math.max(-128, Math.min(v, 127));
            case "u8" -> Math.max(0, Math.min(v, 255));
            case "u64" -> unsigned ? x : Math.max(0, x);
            case "s64" -> v;
            default -> throw new IllegalArgumentException(type);
        };
    }

    /** Bits in a real type of a whole number. */
    static long fromWhole(String type, long x, boolean unsigned, String mode) {
        if ((!unsigned || x >= 0) && (mode.equals("rn") || mode.isEmpty())) {
            return type.equals("f64") ? Double.doubleToRawLongBits(x) : toReal(type, (float) x, "rn", false, false);
        }
        BigInteger exact = BigInteger.valueOf(x);
        if (unsigned && x < 0) {
            exact = exact.add(BigInteger.ONE.shiftLeft(64));
        }
        if (type.equals("f64")) {
            double d = exact.doubleValue();
            int side = new BigDecimal(d).compareTo(new BigDecimal(exact));
            return Double.doubleToRawLongBits(switch (mode) {
                case "rz" -> side != 0 && side > 0 == d > 0 ? d > 0 ? Math.nextDown(d) : Math.nextUp(d) : d;
                case "rm" -> side > 0 ? Math.nextDown(d) : d;
                case "rp" -> side < 0 ? Math.nextUp(d) : d;
                default -> d;
            });
        }
        float f = exact.floatValue();
        int side = new BigDecimal(f).compareTo(new BigDecimal(exact));
        float rounded = switch (mode) {
            case "rz" -> side != 0 && side > 0 == f > 0 ? f > 0 ? Math.nextDown(f) : Math.nextUp(f) : f;
            case "rm" -> side > 0 ? Math.nextDown(f) : f;
            case "rp" -> side < 0 ? Math.nextUp(f) : f;
            default -> f;
        };
        return toReal(type, rounded, "rn", false, false);
    }
}
