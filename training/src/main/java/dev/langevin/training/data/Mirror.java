package dev.langevin.training.data;

import dev.langevin.engine.InputException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A folder on the web from which files are fetched. */
final class Mirror implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration FIRST_BYTE = Duration.ofSeconds(20);
    private static final long WHOLE_FILE_SECONDS = 600;
    /** Above the largest file in use, CIFAR-10 with 170 MB. */
    private static final int MAX_BYTES = 1 << 28;

    private final URI folder;
    private final HttpClient client;

    Mirror(URI folder) {
        this.folder = folder;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NORMAL);
        ProxySelector proxy = environmentProxy();
        if (proxy != null) {
            builder.proxy(proxy);
        }
        this.client = builder.build();
    }

    /** The JDK reads its proxy from system properties alone; HTTPS_PROXY is what users have set. */
    private ProxySelector environmentProxy() {
        String variable = System.getenv().getOrDefault("https_proxy", System.getenv("HTTPS_PROXY"));
        if (variable == null || variable.isBlank() || !"https".equals(folder.getScheme())
                || System.getProperty("https.proxyHost") != null) {
            return null;
        }
        try {
            URI uri = new URI(variable.contains("://") ? variable : "http://" + variable);
            if (uri.getHost() != null) {
                return ProxySelector.of(new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort()));
            }
        } catch (URISyntaxException e) {
            // Falls through to the refusal; the exception's text could show a password.
        }
        throw new InputException("HTTPS_PROXY: not of the form http://HOST:PORT; correct it or unset it");
    }

    /** A file as it is. */
    byte[] fetch(String name) throws FetchException {
        HttpRequest request = HttpRequest.newBuilder(folder.resolve(name)).timeout(FIRST_BYTE).build();
        var answer = client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES));
        try {
            HttpResponse<byte[]> response = answer.get(WHOLE_FILE_SECONDS, TimeUnit.SECONDS);
            if (response.statusCode() != 200) {
                throw new FetchException("HTTP status " + response.statusCode() + " for " + name);
            }
            return response.body();
        } catch (ExecutionException e) {
            throw new FetchException(reason(e.getCause()));
        } catch (TimeoutException e) {
            throw new FetchException(name + " took longer than " + WHOLE_FILE_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FetchException("interrupted");
        }
    }

    /** Connection errors of the JDK's client often have a message only at their root. */
    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getMessage() == null && root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? "no connection (" + root.getClass().getSimpleName() + ")"
                : root.getMessage().lines().findFirst().orElse("no connection");
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
