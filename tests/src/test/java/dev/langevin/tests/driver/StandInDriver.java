package dev.langevin.tests.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/** What the stand-in for libcuda.so.1 can be asked and told beyond what the driver can. */
final class StandInDriver {
    private final MethodHandle log;
    private final MethodHandle fail;
    private final MethodHandle parameters;
    private final MethodHandle freeBytes;

    StandInDriver(Path folder) {
        SymbolLookup lookup = SymbolLookup.libraryLookup(folder.resolve("libcuda.so.1"), Arena.global());
        Linker linker = Linker.nativeLinker();
        log = linker.downcallHandle(lookup.find("stub_take_log").orElseThrow(), FunctionDescriptor.of(ValueLayout.ADDRESS));
        fail = linker.downcallHandle(lookup.find("stub_fail").orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        parameters = linker.downcallHandle(lookup.find("stub_parameters").orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        freeBytes = linker.downcallHandle(lookup.find("stub_free_bytes").orElseThrow(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));
    }

    /** The calls since the last time: name and arguments. */
    List<String> calls() throws Throwable {
        return ((MemorySegment) log.invoke()).reinterpret(1 << 20).getString(0).lines().map(String::strip).toList();
    }

    /** The next call of a function returns a status. */
    void fail(String function, int status) throws Throwable {
        fail.invoke(Arena.global().allocateFrom(function), status);
    }

    /** Sizes of the parameters of what is launched from now on, which its log shows. */
    void parameters(int... sizes) throws Throwable {
        parameters.invoke(sizes.length, Arena.global().allocateFrom(ValueLayout.JAVA_INT, sizes));
    }

    /** Largest piece of memory that is given from now on. */
    void freeBytes(long bytes) throws Throwable {
        freeBytes.invoke(bytes);
    }
}
