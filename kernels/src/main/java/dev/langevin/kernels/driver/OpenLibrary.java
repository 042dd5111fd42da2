package dev.langevin.kernels.driver;

import dev.langevin.kernels.CudaException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/**
 * A library of NVIDIA's in this process, for good: others that need it by name then take this one, wherever it lies. The
 * few calls made here, of functions with int results, need no JCuda.
 */
final class OpenLibrary {
    private final SymbolLookup symbols;

    private OpenLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /**
     * Opens files, of which the last is the library itself.
     *
     * @throws CudaException when one cannot be opened, or the library lacks a function or the version of its symbols that is asked for
     */
    static OpenLibrary open(NativeLibrary library, int major, List<Path> files) {
        Path itself = files.getLast();
        List<String> versions = Elf.of(itself).versions();
        if (library != NativeLibrary.DRIVER && !versions.isEmpty() && !versions.contains(library.soname(major))) {
            throw new CudaException(itself + " defines its functions as " + String.join(", ", versions) + ", not as " + library.soname(major));
        }
        SymbolLookup symbols = null;
        for (Path file : files) {
            symbols = open(file);
        }
        OpenLibrary open = new OpenLibrary(symbols);
        List<String> absent = library.functions().stream().filter(name -> open.symbols.find(name).isEmpty()).toList();
        if (!absent.isEmpty()) {
            throw new CudaException(itself + " lacks " + String.join(", ", absent));
        }
        return open;
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup open(Path file) {
        try {
            return SymbolLookup.libraryLookup(file, Arena.global());
        } catch (IllegalArgumentException e) {
            // This does not say why; the other way to load a library does.
            try {
                System.load(file.toAbsolutePath().toString());
                throw new CudaException(file + " cannot be opened", e);
            } catch (UnsatisfiedLinkError why) {
                String text = why.getMessage();
                throw new CudaException(text.contains(file.toString()) ? text : file + ": " + text, e);
            }
        }
    }

    /** Calls a function whose arguments are pointers and ints, and whose result is an int. */
    int call(String name, Object... arguments) {
        return (int) invoke(name, ValueLayout.JAVA_INT, arguments);
    }

    /** Calls a function of no argument whose result is a size. */
    long size(String name) {
        return (long) invoke(name, ValueLayout.JAVA_LONG);
    }

    @SuppressWarnings("restricted")
    private Object invoke(String name, ValueLayout result, Object... arguments) {
        ValueLayout[] layouts = new ValueLayout[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            layouts[i] = arguments[i] instanceof Integer ? ValueLayout.JAVA_INT : ValueLayout.ADDRESS;
        }
        MemorySegment function = symbols.find(name).orElseThrow(() -> new CudaException("the function " + name + " is missing"));
        MethodHandle handle = Linker.nativeLinker().downcallHandle(function, FunctionDescriptor.of(result, layouts));
        try {
            return handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new CudaException(name + " could not be called", e);
        }
    }
}
