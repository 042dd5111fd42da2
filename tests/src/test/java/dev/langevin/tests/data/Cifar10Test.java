package dev.langevin.tests.data;

import static dev.langevin.tests.io.Messages.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langevin.training.data.Cifar10;
import dev.langevin.training.data.LabelledImages;
import dev.langevin.training.data.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CIFAR-10's binary files (row D-CIFAR), on small ones in its format: order of records, pixels and colours; every damage refused by name. */
class Cifar10Test {
    @TempDir
    Path folder;
    private final List<String> progress = new ArrayList<>();

    @Test
    void planesBecomePixels() throws IOException {
        CifarFiles.write(folder.resolve("cifar-10-batches-bin"), 4);
        for (Path data : List.of(folder, folder.resolve("cifar-10-batches-bin"))) {
            LabelledImages train = Cifar10.train(data, progress::add);
            assertEquals(20, train.count());
            assertArrayEquals(new int[] {2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, train.counts());
            assertFalse(train.checked(), "no checksums are published for the files themselves");
            assertArrayEquals(new int[] {32, 32, 3}, train.dataset().exampleShape());
            float[] image = new float[32 * 32 * 3];
            for (int record : new int[] {0, 3, 4, 19}) {
                train.dataset().copy(record, image, 0);
                for (int i = 0; i < image.length; i++) {
                    assertEquals((CifarFiles.value(record, i / 3, i % 3)) / 127.5 - 1, image[i], 1e-6);
                    assertEquals(CifarFiles.value(record, i / 3, i % 3), Pixels.toByte(image[i]));
                }
            }
            LabelledImages test = Cifar10.test(data, progress::add);
            assertArrayEquals(new byte[] {0, 1, 2, 3}, test.labels());
        }
        assertTrue(progress.getFirst().contains("holds 20 images, not the 50000"), progress.getFirst());
    }

    @Test
    void damageIsRefusedByName() throws IOException {
        CifarFiles.write(folder, 2);
        Path file = folder.resolve("data_batch_3.bin");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, 3072, 3074, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            refused(file, length + " bytes are not whole records of 3073", f -> Cifar10.train(folder, progress::add));
        }
        byte[] wrong = whole.clone();
        wrong[3073] = 10;
        Files.write(file, wrong);
        refused(file, "record 1 has the label 10, above 9", f -> Cifar10.train(folder, progress::add));
        wrong[3073] = -1;
        Files.write(file, wrong);
        refused(file, "record 1 has the label 255", f -> Cifar10.train(folder, progress::add));
        Files.delete(file);
        refused(file, "no such file", f -> Cifar10.train(folder, progress::add));
    }

    /** The archive itself has a checksum, so a small one in its format is read, and then refused by that. */
    @Test
    void theArchiveIsCheckedAsAWhole() throws IOException {
        CifarFiles.write(folder.resolve("files"), 2);
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 1; i <= 5; i++) {
            files.put("cifar-10-batches-bin/data_batch_" + i + ".bin", Files.readAllBytes(folder.resolve("files/data_batch_" + i + ".bin")));
        }
        Path archive = folder.resolve("cifar-10-binary.tar.gz");
        Files.write(archive, IdxTest.gzip(FileStoreTest.tar(files, "")));
        refused(archive, "not the file of CIFAR-10: its MD5 is", f -> Cifar10.train(f, progress::add));
        refused(archive, "not the file of CIFAR-10: its MD5 is", f -> Cifar10.train(folder, progress::add));
        refused(archive, "holds no cifar-10-batches-bin/test_batch.bin", f -> Cifar10.test(f, progress::add));
        Path plain = Files.write(folder.resolve("expanded.tar"), FileStoreTest.tar(files, ""));
        assertEquals(10, Cifar10.train(plain, progress::add).count());
        Files.write(archive, Arrays.copyOf(Files.readAllBytes(archive), 200));
        refused(archive, "damaged gzip file", f -> Cifar10.train(f, progress::add));
        Files.write(archive, IdxTest.gzip(Arrays.copyOf(FileStoreTest.tar(files, ""), 9000)));
        refused(archive, "damaged archive", f -> Cifar10.train(f, progress::add));
        refused(folder.resolve("nowhere"), "no such folder", f -> Cifar10.train(f, progress::add));
    }
}
