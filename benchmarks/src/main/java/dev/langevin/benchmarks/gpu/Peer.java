package dev.langevin.benchmarks.gpu;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langevin.engine.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** PyTorch in a process of its own (benchmarks/src/gpu/peer.py): one JSON object a line to it and from it. */
final class Peer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String END = "";

    private final List<String> command;
    private final int seconds;
    private Process process;
    private Writer requests;
    private BlockingQueue<String> answers;
    private int cases;

    /** A request that was answered with an error, too late, or not at all. */
    static final class Failed extends Exception {
        Failed(String message) {
            super(message);
        }
    }

    /** @param seconds longest wait for one answer; compiling a network takes minutes */
    Peer(String python, Path script, int seconds) {
        this.command = List.of(python, script.toString());
        this.seconds = seconds;
    }

    /** Sends a request, starting the process where it is not running, and waits for the answer. */
    JsonNode ask(Map<String, Object> request) throws Failed {
        if (process == null) {
            start();
        }
        String answer;
        try {
            requests.write(JSON.writeValueAsString(request) + "\n");
            requests.flush();
            answer = answers.poll(seconds, TimeUnit.SECONDS);
        } catch (IOException e) {
            answer = END;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("interrupted");
        }
        if (answer == null || answer.equals(END)) {
            close();
            throw new Failed(answer == null ? "no answer within " + seconds + " s" : "PyTorch's process ended; its messages stand above");
        }
        JsonNode node;
        try {
            node = JSON.readTree(answer);
        } catch (JsonProcessingException e) {
            throw new Failed("an answer that is no JSON: " + answer);
        }
        if (node.has("error")) {
            throw new Failed(node.get("error").asText());
        }
        return node;
    }

    /** Opens a case, built and warmed up; name is its column's. */
    Contender open(String name, Map<String, Object> request, int warmUp) throws Failed {
        int id = cases++;
        Map<String, Object> open = new LinkedHashMap<>(request);
        open.putAll(Map.of("do", "open", "case", id, "warm_up", warmUp));
        ask(open);
        return new Contender() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Times time(int repeats, int inner) {
                return times(id, repeats, inner, "ms");
            }

            @Override
            public Times host(int repeats) {
                return times(id, repeats, 1, "host_ms");
            }

            @Override
            public void close() {
                if (process != null) {
                    try {
                        ask(Map.of("do", "close", "case", id));
                    } catch (Failed e) {
                        Peer.this.close();
                    }
                }
            }
        };
    }

    /** Thrown inside a turn. */
    static final class TurnFailed extends RuntimeException {
        TurnFailed(Failed cause) {
            super(cause.getMessage(), cause);
        }
    }

    private Times times(int id, int repeats, int inner, String which) {
        Times times = new Times();
        try {
            ask(Map.of("do", "time", "case", id, "repeats", repeats, "inner", inner)).get(which).forEach(v -> times.add(v.asDouble()));
        } catch (Failed e) {
            throw new TurnFailed(e);
        }
        return times;
    }

    private void start() {
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new InputException("--python " + command.getFirst() + " cannot be started (" + e.getMessage()
                    + "); name another, or leave --peer out");
        }
        requests = process.outputWriter(StandardCharsets.UTF_8);
        BlockingQueue<String> queue = new LinkedBlockingQueue<>();
        answers = queue;
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        Thread.ofPlatform().daemon().name("peer").start(() -> {
            try {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    queue.add(line);
                }
            } catch (IOException | UncheckedIOException e) {
                // The end of the process, said below.
            }
            queue.add(END);
        });
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroy();
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
            process = null;
        }
    }
}
