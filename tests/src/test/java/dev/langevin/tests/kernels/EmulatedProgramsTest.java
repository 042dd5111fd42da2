package dev.langevin.tests.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.langevin.kernels.Grid;
import dev.langevin.kernels.KernelModule;
import dev.langevin.kernels.emulator.EmulatorRuntime;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/** Programs as nvcc compiles them (resources/ptx) against plain Java: divergence, warps, barriers, memory of all kinds. */
class EmulatedProgramsTest {
    private final EmulatorRuntime cuda = new EmulatorRuntime();
    private final Random random = new Random(3);

    private int[] random(int n, int from, int to) {
        return random.ints(n, from, to).toArray();
    }

    private static ByteBuffer arguments(long y, long x, int n) {
        return Ptx.arguments(y, x, n).limit(20);
    }

    private void eachThread(String kernel, int[] x, IntUnaryOperator expected) {
        KernelModule module = Ptx.resource("control");
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4L * x.length);
        cuda.launch(module.kernels().get(kernel), Grid.of((x.length + 95) / 96, 96), arguments(out, in, x.length));
        assertArrayEquals(Arrays.stream(x).map(expected).toArray(), Ptx.ints(cuda, out, x.length), kernel);
    }

    @Test
    void loopsWithBreak() {
        eachThread("collatz", random(500, 1, 3000), x -> {
            int steps = 0;
            for (long v = x; v != 1; steps++) {
                v = (v & 1) != 0 ? 3 * v + 1 : v / 2;
                if (v > 1000000) {
                    break;
                }
                if (steps == 300) {
                    return -1;
                }
            }
            return steps;
        });
    }

    @Test
    void nestedLoopsWithContinueAndEarlyReturn() {
        eachThread("nested", random(700, -20, 500), v -> {
            int sum = 0;
            if (v < 0) {
                return -1;
            }
            for (int a = 0; a < v % 17; a++) {
                if (a % 3 == v % 3) {
                    continue;
                }
                for (int b = a;; b += 5) {
                    sum += b ^ v;
                    if (b > v % 29) {
                        break;
                    }
                    if (sum > 5000) {
                        return sum;
                    }
                }
            }
            return sum;
        });
    }

    @Test
    void switches() {
        eachThread("cases", random(300, 0, 10000), v -> {
            int r;
            switch (v & 15) {
                case 0 -> r = v * 3;
                case 1 -> {
                    r = v - 7;
                    for (int k = 0; k < (v >> 4 & 7); k++) {
                        r = r * 5 + k;
                    }
                }
                case 2 -> r = v ^ 0x55;
                case 3 -> r = Integer.bitCount(v);
                case 4 -> r = v / 7;
                case 5 -> {
                    return v % 11;
                }
                case 6, 7 -> r = v << 3;
                case 9 -> r = Integer.numberOfLeadingZeros(v);
                case 11 -> r = v * v;
                case 12 -> r = v + 99;
                default -> r = 1;
            }
            return r + 1;
        });
    }

    @Test
    void branchTables() {
        long out = cuda.allocate(4 * 40);
        String body = """
                mov.u32 %r0, %tid.x;
                ld.param.u64 %rd0, [k_param_0];
                mul.wide.s32 %rd1, %r0, 4;
                add.s64 %rd0, %rd0, %rd1;
                rem.u32 %r1, %r0, 3;
                $table: .branchtargets $a, $b, $c;
                brx.idx %r1, $table;
                $a: mov.u32 %r2, 7;
                bra.uni $end;
                $b: mov.u32 %r2, 8;
                bra.uni $end;
                $c: { .reg .b32 %r2; mov.u32 %r2, 5; add.s32 %r2, %r2, %r0; mov.u32 %r3, %r2; }
                mov.u32 %r2, %r3;
                $end: st.global.u32 [%rd0], %r2;
                """;
        cuda.launch(Ptx.kernel(1, body), Grid.of(1, 40), Ptx.arguments(out));
        int[] got = Ptx.ints(cuda, out, 40);
        for (int i = 0; i < 40; i++) {
            assertEquals(i % 3 == 0 ? 7 : i % 3 == 1 ? 8 : 5 + i, got[i]);
        }
    }

    @Test
    void localConstantAndModuleMemory() {
        int[] primes = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
        eachThread("tables", random(200, 0, Integer.MAX_VALUE), x -> {
            int[] bins = new int[16];
            Arrays.setAll(bins, k -> k);
            for (int k = 0; k < 20; k++) {
                bins[x >> k & 15] += k;
            }
            return bins[x & 15] * primes[x % 12] * 3;
        });
    }

    @Test
    void shuffles() {
        int[] x = random(64, -1000, 1000);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4 * 512);
        cuda.launch(Ptx.resource("warps").kernels().get("shuffles"), Grid.of(1, 64), Ptx.arguments(out, in));
        int[] y = Ptx.ints(cuda, out, 512);
        for (int i = 0; i < 64; i++) {
            int w = i & 31;
            int base = i & 32;
            assertEquals(x[base + (w * 7 + 3 & 31)], y[i]);
            assertEquals(w < 3 ? x[i] : x[i - 3], y[i + 64]);
            assertEquals(w > 26 ? x[i] : x[i + 5], y[i + 128]);
            assertEquals(x[base + (w ^ 9)], y[i + 192]);
            assertEquals(x[base + (w & 24) + (w + 1 & 7)], y[i + 256]);
            assertEquals((w & 15) < 2 ? x[i] : x[i - 2], y[i + 320]);
            assertEquals((w & 3) == 3 ? x[i] : x[i + 1], y[i + 384]);
            assertEquals(x[base + (w ^ 5)], y[i + 448]);
        }
    }

    @Test
    void votes() {
        int[] x = random(32, -10, 10);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4 * 320);
        cuda.launch(Ptx.resource("warps").kernels().get("votes"), Grid.of(1, 32), Ptx.arguments(out, in));
        int[] y = Ptx.ints(cuda, out, 320);
        int ballot = 0;
        int odd = 0;
        for (int i = 0; i < 32; i++) {
            ballot |= (x[i] > 0 ? 1 : 0) << i;
            odd |= (x[i] & 1) << i;
        }
        for (int i = 0; i < 32; i++) {
            int three = x[i] & 3;
            int same = 0;
            for (int j = 0; j < 32; j++) {
                same |= ((x[j] & 3) == three ? 1 : 0) << j;
            }
            assertEquals(ballot, y[i]);
            assertEquals((Arrays.stream(x).anyMatch(v -> v == 5) ? 2 : 0) + 1, y[i + 32]);
            assertEquals(same, y[i + 64]);
            assertEquals(-1 + 1, y[i + 96]);
            assertEquals(Arrays.stream(x).sum(), y[i + 128]);
            assertEquals(Arrays.stream(x).max().orElseThrow(), y[i + 160]);
            assertEquals(Arrays.stream(x).reduce((a, b) -> Integer.compareUnsigned(a, b) < 0 ? a : b).orElseThrow(), y[i + 192]);
            assertEquals(Arrays.stream(x).reduce(0, (a, b) -> a ^ b), y[i + 224]);
            assertEquals((x[i] & 1) != 0 ? odd : 0, y[i + 256]);
            assertEquals((x[i] & 1) != 0 ? Arrays.stream(x).filter(v -> (v & 1) != 0).sum() : 0, y[i + 288]);
        }
    }

    @Test
    void lanesMeetAgainAfterLoopsOfDifferentLength() {
        int[] x = random(32, 0, 100000);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(128);
        cuda.launch(Ptx.resource("warps").kernels().get("converge"), Grid.of(1, 32), Ptx.arguments(out, in));
        int[] y = Ptx.ints(cuda, out, 32);
        int[] v = Arrays.stream(x).map(a -> {
            int b = a;
            for (int k = 0; k < (b & 7); k++) {
                b = b * 1103515245 + 12345;
                if ((b & 0xff00) == 0x4200) {
                    break;
                }
            }
            return b;
        }).toArray();
        for (int i = 0; i < 32; i++) {
            assertEquals(v[i ^ 1], y[i]);
        }
    }

    @Test
    void sumsOverBlocksDoNotDependOnThreads() {
        int n = 3001;
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat();
        }
        float[][] sums = new float[2][];
        for (int threads = 1; threads <= 2; threads++) {
            EmulatorRuntime runtime = new EmulatorRuntime(threads);
            long in = Ptx.upload(runtime, x);
            long out = runtime.allocate(4 * 5);
            runtime.launch(Ptx.resource("blocks").kernels().get("block_sums"), Grid.of(5, 128), arguments(out, in, n));
            sums[threads - 1] = Ptx.floats(runtime, out, 5);
        }
        assertArrayEquals(sums[0], sums[1]);
        double total = 0;
        for (float v : x) {
            total += v;
        }
        double got = 0;
        for (float s : sums[0]) {
            got += s;
        }
        // Each sum has 14 additions in a row: relative error at most 14 u.
        assertEquals(total, got, 14 * 0x1p-24 * total);
    }

    @Test
    void dynamicSharedMemory() {
        float[] x = new float[192];
        for (int i = 0; i < x.length; i++) {
            x[i] = i;
        }
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4 * 192);
        cuda.launch(Ptx.resource("blocks").kernels().get("reverse"), new Grid(3, 1, 1, 64, 256), Ptx.arguments(out, in));
        float[] y = Ptx.floats(cuda, out, 192);
        for (int i = 0; i < 192; i++) {
            assertEquals(i / 64 * 64 + 63 - i % 64, y[i]);
        }
    }

    @Test
    void barriersThatCount() {
        int[] x = random(96, -4, 5);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4 * 192);
        cuda.launch(Ptx.resource("blocks").kernels().get("barriers"), Grid.of(1, 96), Ptx.arguments(out, in));
        int[] y = Ptx.ints(cuda, out, 192);
        for (int i = 0; i < 96; i++) {
            assertEquals(Arrays.stream(x).filter(v -> v > 0).count(), y[i]);
            assertEquals(2 + (Arrays.stream(x).anyMatch(v -> v == 3) ? 1 : 0), y[i + 96]);
        }
    }

    @Test
    void barriersOfSomeWarps() {
        int[] x = random(128, 0, 1000);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4 * 128);
        cuda.launch(Ptx.resource("blocks").kernels().get("named"), Grid.of(1, 128), Ptx.arguments(out, in));
        int[] y = Ptx.ints(cuda, out, 128);
        for (int i = 0; i < 128; i++) {
            assertEquals(x[i / 64 * 64 + 63 - i % 64], y[i]);
        }
    }

    @Test
    void genericAddresses() {
        int[] x = random(64, 0, 1000);
        long in = Ptx.upload(cuda, x);
        for (int shared = 0; shared < 2; shared++) {
            long out = cuda.allocate(4 * 128);
            cuda.launch(Ptx.resource("blocks").kernels().get("generic"), Grid.of(1, 64), arguments(out, in, shared));
            int[] y = Ptx.ints(cuda, out, 64);
            for (int i = 0; i < 64; i++) {
                assertEquals(x[63 - i] + 1, y[i]);
            }
        }
    }

    @Test
    void widthsOfAccess() {
        ByteBuffer x = Ptx.direct(3840);
        for (int i = 0; i < x.capacity(); i++) {
            x.put(i, (byte) random.nextInt());
        }
        long in = cuda.allocate(x.capacity());
        long out = cuda.allocate(x.capacity());
        cuda.upload(in, x);
        cuda.zero(out, x.capacity());
        cuda.launch(Ptx.resource("blocks").kernels().get("widths"), Grid.of(1, 32), Ptx.arguments(out, in));
        ByteBuffer y = Ptx.direct(x.capacity());
        cuda.download(y, out);
        for (int i = 0; i < 32; i++) {
            assertEquals((byte) (x.get(i) + 1), y.get(i));
            assertEquals((byte) (x.get(64 + i) / 2), y.get(64 + i));
            assertEquals((short) (x.getShort(128 + 2 * i) / 3), y.getShort(128 + 2 * i));
            assertEquals((x.getShort(256 + 2 * i) & 0xffff) / 3, y.getShort(256 + 2 * i) & 0xffff);
            assertEquals(x.getInt(512 + 8 * i), y.getInt(512 + 8 * i + 4));
            for (int k = 0; k < 4; k++) {
                assertEquals(x.getInt(1024 + 16 * i + 4 * k), y.getInt(1024 + 16 * i + 12 - 4 * k));
            }
            assertEquals(x.getLong(2048 + 8 * i) * 3, y.getLong(2048 + 8 * i));
            assertEquals(x.getDouble(2560 + 8 * i) * 0.5, y.getDouble(2560 + 8 * i));
            assertEquals(x.get(3072 + 4 * i + 3), y.get(3072 + 4 * i));
            assertEquals(2, y.get(3072 + 4 * i + 2));
            assertEquals(x.getShort(3328 + 8 * i), y.getShort(3328 + 8 * i + 6));
        }
    }

    /** A register of 16 bits has no sign of its own: a signed load may be followed by unsigned arithmetic. */
    @Test
    void signedLoadsIntoShortRegisters() {
        long in = Ptx.upload(cuda, 0xfffe8001);
        long out = cuda.allocate(8);
        String body = """
                ld.param.u64 %rd0, [k_param_0];
                ld.param.u64 %rd1, [k_param_1];
                ld.global.s16 %rs0, [%rd1];
                mul.wide.u16 %r0, %rs0, 2;
                st.global.u32 [%rd0], %r0;
                ld.global.s8 %rs0, [%rd1+2];
                shr.u16 %rs1, %rs0, 4;
                cvt.u32.u16 %r1, %rs1;
                st.global.u32 [%rd0+4], %r1;
                """;
        cuda.launch(Ptx.kernel(2, body), Grid.of(1, 1), Ptx.arguments(out, in));
        assertArrayEquals(new int[] {0x10002, 0xfff}, Ptx.ints(cuda, out, 2));
    }

    @Test
    void atomics() {
        int n = 333;
        int[] x = random(n, 0, 1000);
        long in = Ptx.upload(cuda, x);
        long counts = Ptx.upload(cuda, new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 5000, 0, 0, 0});
        long sum = Ptx.upload(cuda, 0f);
        long big = Ptx.upload(cuda, 0L);
        ByteBuffer arguments = Ptx.arguments(counts, sum, big, in, n).limit(36);
        cuda.launch(Ptx.resource("blocks").kernels().get("atomics"), Grid.of(3, 128), arguments);
        int[] y = Ptx.ints(cuda, counts, 13);
        for (int k = 0; k < 8; k++) {
            int digit = k;
            assertEquals(Arrays.stream(x).filter(v -> (v & 7) == digit).count(), y[k]);
        }
        assertEquals(Arrays.stream(x).max().orElseThrow(), y[8]);
        assertEquals(Arrays.stream(x).min().orElseThrow(), y[9]);
        assertEquals(Arrays.stream(x).reduce(0, (a, b) -> a ^ b), y[10]);
        assertEquals(n % 10, y[11]);
        assertEquals(Arrays.stream(x).filter(v -> (v & 1) != 0).count(), y[12]);
        assertEquals(Arrays.stream(x).sum(), Ptx.floats(cuda, sum, 1)[0]);
        assertEquals((long) Arrays.stream(x).sum() << 20, Ptx.longs(cuda, big, 1)[0]);
    }

    @Test
    void theLastBlockSeesWhatAllWrote() {
        int[] x = random(32 * 9, 0, 1000);
        long in = Ptx.upload(cuda, x);
        long out = cuda.allocate(4);
        long partial = cuda.allocate(4 * 9);
        long ticket = Ptx.upload(cuda, 0);
        cuda.launch(Ptx.resource("blocks").kernels().get("last_block"), Grid.of(9, 32), Ptx.arguments(out, partial, ticket, in));
        assertEquals(Arrays.stream(x).sum(), Ptx.ints(cuda, out, 1)[0]);
    }
}
