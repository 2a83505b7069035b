package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code serve}, from its options to its end. */
class ServeCommandTest {
    @TempDir
    Path folder;

    @Test
    void serve_untilItIsCancelled_answersAndEndsWell() throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Cancellation cancellation = new Cancellation();
        CompletableFuture<Cli.Result> running = CompletableFuture.supplyAsync(() -> Cli.run(
                cancellation,
                Map.of(),
                "serve",
                "--model",
                "fox=" + Cli.TINY,
                "--port",
                port,
                "--data",
                folder.resolve("data")));
        String models = "";
        for (int i = 0; i < 200 && models.isEmpty(); i++) {
            try {
                models = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/models"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
            } catch (IOException notYet) {
                assertThat(running).isNotDone();
                Thread.sleep(100);
            }
        }
        cancellation.request();

        Cli.Result ended = running.join();
        assertThat(models).contains("\"id\":\"fox\"");
        assertThat(ended.code()).isZero();
        assertThat(ended.err())
                .contains("bottleneck4j: serving fox at http://127.0.0.1:" + port)
                .contains("ending; what runs is finished first");
        assertThat(folder.resolve("data").resolve("jobs.db")).exists();
    }

    @Test
    void newApiKey_isPrintedOnceAndKeptAsAHash() throws IOException {
        Path file = folder.resolve("keys");

        Cli.Result made = Cli.run("serve", "--api-keys", file, "--new-api-key", "alice");

        assertThat(made.code()).isZero();
        assertThat(made.out()).startsWith("b4j-");
        assertThat(Files.readString(file))
                .startsWith("alice ")
                .doesNotContain(made.out().strip());
        assertThat(Cli.run("serve", "--api-keys", file, "--new-api-key", "alice")
                        .err())
                .contains("has a client 'alice' already");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --host 0.0.0.0                | host: 0.0.0.0 can be reached from other machines
            --host no.such.host.example   | host: there is no 'no.such.host.example'
            --queue 0                     | queue: must be between 1 and 100000, not 0
            --model a=TINY --model a=TINY | model: 'a' is given twice
            --lora pixel                  | lora: must be NAME=FILE
            --lora pixel=none.safetensors | none.safetensors
            --new-api-key alice           | new-api-key: needs the file that keeps it
            --api-keys none               | api-keys: there is no file none
            --database mysql://x          | database: must be a JDBC URL of PostgreSQL
            --timeout 0                   | timeout: must be between 1 s
            """)
    void serve_wrongOption_isRefusedBeforeAnythingStarts(String options, String message) {
        String[] words = ("serve --model fox=TINY --data " + folder.resolve("data") + " " + options)
                .replace("TINY", Cli.TINY.toString())
                .split(" ", -1);

        Cli.Result refused = Cli.run((Object[]) words);

        assertThat(refused.code()).isNotZero();
        assertThat(refused.err()).contains(message);
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    void serve_keysFromTwoPlaces_areRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "");

        Cli.Result refused = Cli.run(
                new Cancellation(), Map.of("BOTTLENECK4J_API_KEY", "0123456789abcdef"), "serve", "--api-keys", file);

        assertThat(refused.err()).contains("BOTTLENECK4J_API_KEY; leave one of them out");
    }
}
