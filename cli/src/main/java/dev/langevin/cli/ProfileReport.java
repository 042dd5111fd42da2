package dev.langevin.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A {@link Profile} as two tables for people, or as figures. */
final class ProfileReport {
    private static final String LINE = "%-24s %7.1f %9.3f %5.1f %% %8s %7.1f %9.1f  %s";
    /** Shares below this are summed up in one line. */
    private static final double LEAST_SHARE = 0.002;

    private ProfileReport() {
    }

    static void print(Console console, String what, Profile profile) {
        console.result("%nOne call of %s, mean of %d: %.2f ms. GB/s of the least that must be moved; KiB allocated on the heap.", what,
                profile.repeats(), profile.total().seconds() * 1e3);
        table(console, profile, profile.byOp());
        Profile.Row outside = profile.outside();
        console.result("%-24s %7s %9.3f %5.1f %% %8s %7s %9.1f", outside.op(), "", outside.seconds() * 1e3,
                share(profile, outside.seconds()), "", "", outside.allocated() / 1024);
        table(console, profile, profile.byShape());
    }

    private static void table(Console console, Profile profile, List<Profile.Row> rows) {
        console.result("%n%-24s %7s %9s %7s %8s %7s %9s  %s", "op", "calls", "ms", "share", "GFLOP/s", "GB/s", "KiB", rows.getFirst().shapes() == null ? "" : "shapes");
        int small = 0;
        double rest = 0;
        for (Profile.Row row : rows) {
            if (row.seconds() < LEAST_SHARE * profile.total().seconds()) {
                small++;
                rest += row.seconds();
                continue;
            }
            console.result(LINE, row.op(), row.calls(), row.seconds() * 1e3, share(profile, row.seconds()),
                    row.flops() == 0 ? "" : String.format("%.1f", row.flops() / row.seconds() * 1e-9),
                    row.bytes() / row.seconds() * 1e-9, row.allocated() / 1024, row.shapes() == null ? "" : row.shapes());
        }
        if (small > 0) {
            console.result("%-24s %7s %9.3f %5.1f %%", small + " more, each < 0.2 %", "", rest * 1e3, share(profile, rest));
        }
    }

    private static double share(Profile profile, double seconds) {
        return 100 * seconds / profile.total().seconds();
    }

    static Map<String, Object> figures(Profile profile) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("repeats", profile.repeats());
        figures.put("ms", profile.total().seconds() * 1e3);
        figures.put("bytes_allocated", profile.total().allocated());
        figures.put("ms_outside_of_kernels", profile.outside().seconds() * 1e3);
        figures.put("bytes_allocated_outside_of_kernels", profile.outside().allocated());
        figures.put("by_op", profile.byOp().stream().map(ProfileReport::row).toList());
        figures.put("by_shape", profile.byShape().stream().map(ProfileReport::row).toList());
        return figures;
    }

    private static Map<String, Object> row(Profile.Row row) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("op", row.op());
        if (row.shapes() != null) {
            figures.put("shapes", row.shapes());
        }
        figures.put("calls", row.calls());
        figures.put("ms", row.seconds() * 1e3);
        figures.put("gflop", row.flops() * 1e-9);
        figures.put("megabytes", row.bytes() * 1e-6);
        figures.put("bytes_allocated", row.allocated());
        return figures;
    }
}
