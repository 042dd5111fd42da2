package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * What a shared library says to the loader (System V ABI, chapters 4 and 5, and the GNU extension for symbol versions): its
 * program headers lead to the dynamic section, this to the names. For 64-bit libraries of x86 machines.
 */
public final class Elf {
    private static final int PT_LOAD = 1;
    private static final int PT_DYNAMIC = 2;
    private static final int DT_NEEDED = 1;
    private static final int DT_STRTAB = 5;
    private static final int DT_SONAME = 14;
    private static final int DT_VERDEF = 0x6ffffffc;
    private static final int DT_VERDEFNUM = 0x6ffffffd;
    private static final int DT_VERNEED = 0x6ffffffe;
    private static final int DT_VERNEEDNUM = 0x6fffffff;
    private static final int VER_FLG_BASE = 1;
    private static final int MACHINE_X86_64 = 62;

    /** A part of the file, and the address at which it is to be loaded. */
    private record Segment(long address, long bytes, long offset) {
    }

    /** A name, and where in the file it stands. */
    private record Name(String text, int at) {
    }

    /** A version that is needed of a library; {@code hashAt} is where in the file its hash stands. */
    private record Requirement(Name library, Name version, int hashAt) {
    }

    private final ByteBuffer file;
    private final List<Segment> segments = new ArrayList<>();
    private final List<long[]> dynamic = new ArrayList<>();
    private final List<Name> needed = new ArrayList<>();
    private final List<String> versions = new ArrayList<>();
    private final List<Requirement> requirements = new ArrayList<>();
    private String soname;
    private int strings;

    /**
     * @param name for messages
     * @throws CudaException when this is no such library
     */
    public Elf(ByteBuffer content, String name) {
        file = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (file.getInt(0) != 0x464c457f || file.get(4) != 2 || file.get(5) != 1 || file.getShort(18) != MACHINE_X86_64) {
                throw new CudaException(name + " is not a 64-bit library for x86");
            }
            readHeaders();
            readDynamic();
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new CudaException(name + " is damaged, or no shared library", e);
        }
    }

    /** Maps a file and reads what is needed of it: such libraries have hundreds of megabytes. */
    public static Elf of(Path path) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new Elf(channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), Integer.MAX_VALUE)), path.toString());
        } catch (IOException e) {
            throw new CudaException(path + " cannot be read: " + e.getMessage(), e);
        }
    }

    private void readHeaders() {
        int headers = Math.toIntExact(file.getLong(32));
        int begin = 0;
        int end = 0;
        for (int i = 0; i < file.getShort(56); i++) {
            int header = headers + i * file.getShort(54);
            if (file.getInt(header) == PT_LOAD) {
                segments.add(new Segment(file.getLong(header + 16), file.getLong(header + 32), file.getLong(header + 8)));
            } else if (file.getInt(header) == PT_DYNAMIC) {
                begin = Math.toIntExact(file.getLong(header + 8));
                end = Math.toIntExact(begin + file.getLong(header + 32));
            }
        }
        for (int at = begin; at < end && file.getLong(at) != 0; at += 16) {
            dynamic.add(new long[] {file.getLong(at), file.getLong(at + 8)});
        }
    }

    private void readDynamic() {
        strings = offset(values(DT_STRTAB).getFirst());
        for (long name : values(DT_NEEDED)) {
            needed.add(name(Math.toIntExact(name)));
        }
        for (long name : values(DT_SONAME)) {
            soname = name(Math.toIntExact(name)).text;
        }
        // vd_flags at 2, vd_aux at 12, vd_next at 16; in the auxiliary record vda_name at 0. The base stands for the file itself.
        each(DT_VERDEF, DT_VERDEFNUM, 16, entry -> {
            if ((file.getShort(entry + 2) & VER_FLG_BASE) == 0) {
                versions.add(name(file.getInt(entry + file.getInt(entry + 12))).text);
            }
        });
        // vn_cnt at 2, vn_file at 4, vn_aux at 8, vn_next at 12; in the auxiliary records vna_hash at 0, vna_name at 8, vna_next at 12.
        each(DT_VERNEED, DT_VERNEEDNUM, 12, entry -> {
            Name library = name(file.getInt(entry + 4));
            int at = entry + file.getInt(entry + 8);
            for (int i = 0; i < file.getShort(entry + 2); i++) {
                requirements.add(new Requirement(library, name(file.getInt(at + 8)), at));
                at += file.getInt(at + 12);
            }
        });
    }

    /** Each record of a chain; at {@code next} a record says how far it is to the following one. */
    private void each(int table, int count, int next, IntConsumer use) {
        if (!values(table).isEmpty()) {
            int at = offset(values(table).getFirst());
            for (long i = 0; i < values(count).getFirst(); i++) {
                use.accept(at);
                at += file.getInt(at + next);
            }
        }
    }

    private List<Long> values(long tag) {
        return dynamic.stream().filter(entry -> entry[0] == tag).map(entry -> entry[1]).toList();
    }

    /** Where in the file lies what is to be loaded at an address. */
    private int offset(long address) {
        for (Segment segment : segments) {
            if (address >= segment.address && address < segment.address + segment.bytes) {
                return Math.toIntExact(address - segment.address + segment.offset);
            }
        }
        throw new IndexOutOfBoundsException();
    }

    private Name name(int place) {
        int begin = strings + place;
        int end = begin;
        while (file.get(end) != 0) {
            end++;
        }
        byte[] text = new byte[end - begin];
        file.get(begin, text);
        return new Name(new String(text, StandardCharsets.US_ASCII), begin);
    }

    /** The name by which others need it, or null. */
    public String soname() {
        return soname;
    }

    /** The names of the libraries that it needs. */
    public List<String> needed() {
        return needed.stream().map(Name::text).toList();
    }

    /** The versions that it defines symbols in; none when its symbols have no versions. */
    public List<String> versions() {
        return versions;
    }

    /** The versions that it needs of another library. */
    public List<String> versionsNeeded(String library) {
        return requirements.stream().filter(r -> r.library.text.equals(library)).map(r -> r.version.text).toList();
    }

    /**
     * The bytes of the same library, needing {@code to} where it needed {@code from}, and version {@code to} of its symbols where it asked
     * for version {@code from}. Names stay where they are, so that both must have the same length.
     *
     * @throws CudaException when it does not need {@code from}
     */
    public byte[] relinked(String from, String to) {
        if (from.length() != to.length()) {
            throw new CudaException(from + " cannot be replaced by " + to + ", which has another length");
        }
        if (!needed().contains(from)) {
            throw new CudaException("the library needs " + String.join(", ", needed()) + ", but not " + from);
        }
        byte[] bytes = new byte[file.limit()];
        file.get(0, bytes);
        ByteBuffer result = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Set<Name> names = new HashSet<>(needed);
        for (Requirement requirement : requirements) {
            if (requirement.library.text.equals(from)) {
                names.add(requirement.library);
                if (requirement.version.text.equals(from)) {
                    names.add(requirement.version);
                    result.putInt(requirement.hashAt, hash(to));
                }
            }
        }
        names.removeIf(name -> !name.text.equals(from));
        names.forEach(name -> result.put(name.at, to.getBytes(StandardCharsets.US_ASCII)));
        return bytes;
    }

    /** The loader compares versions by this number first (System V ABI, chapter 5, hash table). */
    public static int hash(String name) {
        int hash = 0;
        for (byte c : name.getBytes(StandardCharsets.US_ASCII)) {
            hash = (hash << 4) + (c & 255);
            int high = hash & 0xf0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        return hash;
    }
}
