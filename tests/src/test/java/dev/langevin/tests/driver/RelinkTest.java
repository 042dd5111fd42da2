package dev.langevin.tests.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.langevin.kernels.CudaException;
import dev.langevin.kernels.driver.Elf;
import dev.langevin.kernels.driver.NativeLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * JCuda's native libraries, from its own jars, made to need other versions of NVIDIA's. What comes out is read by a reader
 * of this test's own, by sections, as linkers and {@code readelf} do; the project's goes by segments, as the loader does.
 */
class RelinkTest {
    /** What a library needs: files, versions by file, and for each symbol that it imports the file and version it is to come from. */
    private record Needs(List<String> files, Map<String, List<String>> versions, Map<String, String> symbols) {
    }

    private static byte[] resource(NativeLibrary library, String file) throws IOException {
        try (InputStream in = library.binding().getResourceAsStream("/lib/" + file)) {
            assertNotNull(in, file);
            return in.readAllBytes();
        }
    }

    private static Needs read(byte[] elf) {
        ByteBuffer b = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) b.getLong(40);
        int names = offset(b, table, b.getShort(62));
        Map<String, Integer> sections = new HashMap<>();
        for (int i = 0; i < b.getShort(60); i++) {
            sections.put(text(b, names + b.getInt(table + 64 * i)), i);
        }
        int strings = offset(b, table, sections.get(".dynstr"));
        int dynamic = offset(b, table, sections.get(".dynamic"));
        List<String> files = new ArrayList<>();
        for (int at = dynamic; b.getLong(at) != 0; at += 16) {
            if (b.getLong(at) == 1) {
                files.add(text(b, strings + (int) b.getLong(at + 8)));
            }
        }
        Map<String, List<String>> versions = new HashMap<>();
        Map<Integer, String> byIndex = new HashMap<>();
        int need = offset(b, table, sections.get(".gnu.version_r"));
        for (int next = -1; next != 0; need += next) {
            String file = text(b, strings + b.getInt(need + 4));
            int auxiliary = need + b.getInt(need + 8);
            for (int i = 0; i < b.getShort(need + 2); i++) {
                String version = text(b, strings + b.getInt(auxiliary + 8));
                assertEquals(sysvHash(version), b.getInt(auxiliary), "hash of " + version);
                versions.computeIfAbsent(file, f -> new ArrayList<>()).add(version);
                byIndex.put((int) b.getShort(auxiliary + 6), file + ":" + version);
                auxiliary += b.getInt(auxiliary + 12);
            }
            next = b.getInt(need + 12);
        }
        Map<String, String> symbols = new HashMap<>();
        int section = sections.get(".dynsym");
        int count = (int) b.getLong(table + 64 * section + 32) / 24;
        for (int i = 1; i < count; i++) {
            int symbol = offset(b, table, section) + 24 * i;
            if (b.getShort(symbol + 6) == 0) {
                int version = b.getShort(offset(b, table, sections.get(".gnu.version")) + 2 * i) & 0x7fff;
                symbols.put(text(b, strings + b.getInt(symbol)), byIndex.get(version));
            }
        }
        return new Needs(files, versions, symbols);
    }

    private static int offset(ByteBuffer b, int table, int section) {
        return (int) b.getLong(table + 64 * section + 24);
    }

    private static String text(ByteBuffer b, int at) {
        int end = at;
        while (b.get(end) != 0) {
            end++;
        }
        return new String(b.array(), at, end - at, StandardCharsets.US_ASCII);
    }

    /** Four bits a letter; what leaves at the top comes back at bits 4 to 7. */
    private static int sysvHash(String name) {
        long h = 0;
        for (char c : name.toCharArray()) {
            h = h * 16 + c;
            h = (h ^ (h >> 28 << 4)) % (1L << 28);
        }
        return (int) h;
    }

    @ParameterizedTest
    @CsvSource({
        "NVRTC,  libJNvrtc-12.6.0-linux-x86_64.so,   libnvrtc.so.12,  libnvrtc.so.13,  21",
        "CUBLAS, libJCublas2-12.6.0-linux-x86_64.so, libcublas.so.12, libcublas.so.13, 494",
        "CUDNN,  libJCudnn-11.7.0-linux-x86_64.so,   libcudnn.so.8,   libcudnn.so.9,   260"})
    void namesAndHashesChangeAndNothingElse(NativeLibrary library, String file, String from, String to, int functions) throws IOException {
        byte[] before = resource(library, file);
        Elf elf = new Elf(ByteBuffer.wrap(before), file);
        assertEquals(library.soname(library.linkedMajor()), from);
        assertEquals(file, elf.soname());
        assertEquals(List.of(from), elf.versionsNeeded(from));
        byte[] after = elf.relinked(from, to);

        Needs was = read(before);
        Needs is = read(after);
        assertEquals(elf.needed(), was.files);
        assertEquals(was.files.stream().map(f -> f.equals(from) ? to : f).toList(), is.files);
        assertEquals(List.of(to), is.versions.get(to));
        Map<String, List<String>> others = new HashMap<>(is.versions);
        others.put(from, was.versions.get(from));
        others.remove(to);
        assertEquals(was.versions, others);
        assertEquals(functions, is.symbols.values().stream().filter((to + ":" + to)::equals).count());
        was.symbols.forEach((symbol, version) -> assertEquals((from + ":" + from).equals(version) ? to + ":" + to : version, is.symbols.get(symbol), symbol));

        // The name stands once, used as file and as version; its last letter and the last bits of its hash are all that changes.
        TreeSet<Integer> changed = new TreeSet<>();
        for (int i = 0; i < before.length; i++) {
            if (before[i] != after[i]) {
                changed.add(i);
            }
        }
        assertEquals(before.length, after.length);
        assertEquals(2, changed.size(), changed::toString);
        Elf result = new Elf(ByteBuffer.wrap(after), file);
        assertEquals(is.files, result.needed());
        assertEquals(List.of(to), result.versionsNeeded(to));
        assertArrayEquals(before, result.relinked(to, from));
    }

    /** A function that is called and not looked up could end the process; one that is looked up and never called, refuse a library for nothing. */
    @Test
    void whatIsLookedUpIsWhatIsCalled() throws IOException {
        Map<NativeLibrary, String> files = Map.of(NativeLibrary.CUBLAS, "libJCublas2-12.6.0-linux-x86_64.so", NativeLibrary.CUDNN,
                "libJCudnn-11.7.0-linux-x86_64.so", NativeLibrary.NVRTC, "libJNvrtc-12.6.0-linux-x86_64.so", NativeLibrary.DRIVER,
                "libJCudaDriver-12.6.0-linux-x86_64.so");
        JavaClasses ours = new ClassFileImporter().importPackages("dev.langevin.kernels.driver");
        for (NativeLibrary library : NativeLibrary.values()) {
            Set<String> imports = read(resource(library, files.get(library))).symbols.keySet();
            TreeSet<String> called = new TreeSet<>(library.asked());
            for (JavaClass from : ours) {
                for (JavaAccess<?> access : from.getAccessesFromSelf()) {
                    String name = access.getTarget().getName().replaceFirst("_new$", ""); // JCuda's second form of a call
                    if (access.getTargetOwner().getName().equals(library.binding().getName()) && name.matches("(cu[A-Z]|cublas|cudnn|nvrtc).*")) {
                        called.addAll(imports.contains(name) ? List.of(name)
                                : imports.stream().filter(symbol -> symbol.matches(name + "(_v\\d|WithFlags)")).toList());
                        if (library == NativeLibrary.NVRTC && imports.contains(name + "Size")) {
                            called.add(name + "Size"); // JCuda makes room for a text by itself
                        }
                        assertTrue(imports.stream().anyMatch(symbol -> symbol.matches(name + "(|_v\\d|WithFlags)")), name + " is none of the library's functions");
                    }
                }
            }
            assertEquals(called, new TreeSet<>(library.functions()), library.label());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "libcublas.so.12", "libcublas.so.13", "libJCublas2-12.6.0-linux-x86_64.so"})
    void hashes(String name) {
        assertEquals(sysvHash(name), Elf.hash(name));
    }

    @Test
    void whatCannotBeRelinked() throws IOException {
        String file = "libJNvrtc-12.6.0-linux-x86_64.so";
        byte[] bytes = resource(NativeLibrary.NVRTC, file);
        Elf elf = new Elf(ByteBuffer.wrap(bytes), file);
        assertTrue(assertThrows(CudaException.class, () -> elf.relinked("libnvrtc.so.12", "libnvrtc.so.9")).getMessage().contains("another length"));
        assertTrue(assertThrows(CudaException.class, () -> elf.relinked("libcublas.so.12", "libcublas.so.13")).getMessage().contains("but not libcublas.so.12"));
        for (int length : new int[] {0, 3, 63, 64, 100, 1000, 10_000, 20_000}) {
            assertThrows(CudaException.class, () -> new Elf(ByteBuffer.wrap(Arrays.copyOf(bytes, length)).slice(), "half"));
        }
        byte[] foreign = bytes.clone();
        foreign[18] = (byte) 183; // 64-bit ARM
        assertThrows(CudaException.class, () -> new Elf(ByteBuffer.wrap(foreign), "foreign"));
    }
}
