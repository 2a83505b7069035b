package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server of this machine that speaks the Hub's protocol; large files come from a second one, as they do there. */
class HubDownloadTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final String WEIGHTS = "transformer/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private HttpServer hub;
    private HttpServer store;
    private HubCache cache;

    /** Bytes that the store sends before it closes the connection, once; 0 for all. */
    private int cutAfter;

    private boolean damaged;
    private String errorCode = "";
    private String wantedToken = "";
    private String wantedProxyUser = "";

    /** Bytes that the store sends before it falls silent, once; 0 for all. */
    private int silentAfter;

    @BeforeEach
    void start() throws IOException {
        cache = new HubCache(temp.resolve("hub"));
        put("model_index.json", """
                {"_class_name": "FluxPipeline", "transformer": ["diffusers", "FluxTransformer2DModel"],
                 "vae": ["diffusers", "AutoencoderKL"], "tokenizer": ["transformers", "CLIPTokenizer"]}""");
        put("transformer/config.json", "{}");
        byte[] weights = new byte[3_000_000];
        Arrays.fill(weights, 1_000_000, 2_000_000, (byte) 7);
        files.put(WEIGHTS, weights);
        put("transformer/diffusion_pytorch_model.fp16.safetensors", "a variant");
        put("transformer/diffusion_pytorch_model.bin", "a pickle");
        put("vae/config.json", "{\"a\": 1}");
        put("vae/diffusion_pytorch_model-00001-of-00002.safetensors", "one");
        put("vae/diffusion_pytorch_model-00002-of-00002.safetensors", "two");
        put("vae/diffusion_pytorch_model.safetensors.index.json", "{}");
        put("tokenizer/vocab.json", "{\"b\": 2}");
        put("flux1-dev.safetensors", "the whole again");
        put("README.md", "words");
        store = server(this::stored);
        hub = server(this::answered);
    }

    private void put(String name, String text) {
        files.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] bytes(String name) {
        return Objects.requireNonNull(files.get(name));
    }

    private static HttpServer server(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        hub.stop(0);
        store.stop(0);
    }

    private static URI address(HttpServer server) {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    private static boolean isLarge(String name) {
        return name.endsWith(".safetensors");
    }

    private static String checksum(String name, byte[] bytes) {
        try {
            MessageDigest digest = MessageDigest.getInstance(isLarge(name) ? "SHA-256" : "SHA-1");
            if (!isLarge(name)) {
                digest.update(("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answered(HttpExchange exchange) throws IOException {
        URI address = exchange.getRequestURI();
        String path = address.getPath();
        asked.add(address.isAbsolute() ? address.toString() : path); // the whole address is told to a proxy alone
        String shown = exchange.getRequestHeaders().getFirst("Proxy-Authorization");
        if (!wantedProxyUser.isEmpty() && !wantedProxyUser.equals(shown)) {
            exchange.getResponseHeaders().add("Proxy-Authenticate", "Basic realm=\"proxy\"");
            exchange.sendResponseHeaders(407, -1);
            exchange.close();
            return;
        }
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        if (!errorCode.isEmpty() || (!wantedToken.isEmpty() && !("Bearer " + wantedToken).equals(token))) {
            exchange.getResponseHeaders().add("X-Error-Code", errorCode.isEmpty() ? "RepoNotFound" : errorCode);
            exchange.sendResponseHeaders(errorCode.isEmpty() ? 401 : 404, -1);
            exchange.close();
            return;
        }
        if (path.startsWith("/api/models/org/name/revision/")) {
            String listed = files.entrySet().stream()
                    .map(file -> {
                        String sum = checksum(file.getKey(), file.getValue());
                        String large =
                                isLarge(file.getKey()) ? ", \"lfs\": {\"sha256\": \"" + sum + "\", \"size\": 1}" : "";
                        return "{\"rfilename\": \"" + file.getKey() + "\", \"size\": " + file.getValue().length
                                + ", \"blobId\": \"" + sum.substring(0, 40) + "\"" + large + "}";
                    })
                    .collect(Collectors.joining(","));
            send(
                    exchange,
                    ("{\"sha\": \"" + COMMIT + "\", \"siblings\": [" + listed + "]}").getBytes(StandardCharsets.UTF_8));
            return;
        }
        String name = path.replaceFirst("/org/name/resolve/" + COMMIT + "/", "");
        byte[] bytes = files.get(name);
        if (bytes == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        } else if (isLarge(name)) {
            exchange.getResponseHeaders().add("Location", address(store) + "/" + name);
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        } else {
            send(exchange, bytes);
        }
    }

    private void stored(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring(1);
        String range = exchange.getRequestHeaders().getFirst("Range");
        asked.add("store " + name + (range == null ? "" : " " + range));
        assertThat(exchange.getRequestHeaders().getFirst("Authorization"))
                .as("the token is for the Hub alone")
                .isNull();
        assertThat(exchange.getRequestHeaders().getFirst("Proxy-Authorization"))
                .as("the password is for the proxy alone")
                .isNull();
        byte[] bytes = bytes(name).clone();
        if (damaged) {
            bytes[0]++;
        }
        int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        byte[] part = Arrays.copyOfRange(bytes, from, bytes.length);
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, part.length);
        if (silentAfter > 0 && part.length > silentAfter) {
            exchange.getResponseBody().write(part, 0, silentAfter);
            silentAfter = 0;
            exchange.getResponseBody().flush();
            return; // the connection stays open
        }
        if (cutAfter > 0 && part.length > cutAfter) {
            exchange.getResponseBody().write(part, 0, cutAfter);
            cutAfter = 0;
            exchange.getResponseBody().flush();
            pause(); // what has arrived is read before the connection is seen to end
            exchange.close();
            return;
        }
        exchange.getResponseBody().write(part);
        exchange.close();
    }

    private static void pause() {
        try {
            Thread.sleep(300);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Path pull(String name, String... include) throws IOException {
        String token = wantedToken.isEmpty() ? null : wantedToken;
        return new HubDownload(cache, address(hub), token)
                .pull(name, List.of(include), (file, index, of, done, bytes) -> {}, () -> {});
    }

    private List<String> held(Path snapshot) throws IOException {
        try (var all = Files.walk(snapshot)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> snapshot.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void pull_ofAPipeline_takesWhatItNeedsAndIsFoundInTheCache() throws IOException {
        Path snapshot = pull("org/name");
        assertThat(held(snapshot))
                .containsExactly(
                        "model_index.json",
                        "tokenizer/vocab.json",
                        "transformer/config.json",
                        WEIGHTS,
                        "vae/config.json",
                        "vae/diffusion_pytorch_model-00001-of-00002.safetensors",
                        "vae/diffusion_pytorch_model-00002-of-00002.safetensors",
                        "vae/diffusion_pytorch_model.safetensors.index.json");
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(bytes(WEIGHTS));
        assertThat(cache.find("org/name")).isEqualTo(snapshot);
        assertThat(Files.readSymbolicLink(snapshot.resolve(WEIGHTS)))
                .isEqualTo(Path.of("../../../blobs", checksum(WEIGHTS, bytes(WEIGHTS))));
    }

    @Test
    void pull_again_fetchesNothing() throws IOException {
        pull("org/name");
        asked.clear();
        pull("org/name");
        assertThat(asked).containsExactly("/api/models/org/name/revision/main");
    }

    @Test
    void pull_thatIsCut_goesOnWhereItEnded() throws IOException {
        cutAfter = 1_234_567;
        Path snapshot = pull("org/name");
        assertThat(asked)
                .contains("store " + WEIGHTS)
                .anyMatch(line -> line.startsWith("store " + WEIGHTS + " bytes="));
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(bytes(WEIGHTS));
    }

    @Test
    void pull_thatIsCancelled_goesOnWhereItEnded() throws IOException {
        HubDownload download = new HubDownload(cache, address(hub), null);
        long[] seen = {0};
        assertThatThrownBy(() -> download.pull(
                        "org/name", List.of(WEIGHTS), (file, index, of, done, bytes) -> seen[0] = done, () -> {
                            if (seen[0] > 1_000_000) {
                                throw new IllegalStateException("cancelled");
                            }
                        }))
                .hasMessage("cancelled");
        asked.clear();
        pull("org/name", WEIGHTS);
        assertThat(asked).anyMatch(line -> line.startsWith("store " + WEIGHTS + " bytes="));
    }

    @Test
    void pull_ofADamagedFile_removesIt() {
        damaged = true;
        assertThatThrownBy(() -> pull("org/name", WEIGHTS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(WEIGHTS + ": must have the checksum " + checksum(WEIGHTS, bytes(WEIGHTS)))
                .hasMessageEndingWith("it was damaged on its way and is removed, pull again");
        assertThat(cache.root().resolve("models--org--name/blobs/" + checksum(WEIGHTS, bytes(WEIGHTS))))
                .doesNotExist();
    }

    @Test
    void pull_withPatterns_takesThoseAlone() throws IOException {
        assertThat(held(pull("org/name", "vae/*", "*.md")))
                .containsExactly(
                        "README.md",
                        "vae/config.json",
                        "vae/diffusion_pytorch_model-00001-of-00002.safetensors",
                        "vae/diffusion_pytorch_model-00002-of-00002.safetensors",
                        "vae/diffusion_pytorch_model.safetensors.index.json");
        assertThatThrownBy(() -> pull("org/name", "*.gguf"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("include: nothing of org/name matches '*.gguf'; it holds model_index.json, ");
    }

    @Test
    void pull_withAToken_showsItToTheHubAlone() throws IOException {
        wantedToken = "secret";
        assertThat(held(pull("org/name"))).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RepoNotFound", "GatedRepo", "RevisionNotFound"})
    void pull_ofWhatIsNotThere_saysWhy(String code) {
        errorCode = code;
        String message = switch (code) {
            case "GatedRepo" -> "model: org/name is open to those who accepted its terms";
            case "RevisionNotFound" -> "model: org/name has no revision 'main'";
            default -> "model: there is no org/name at localhost, or it is private";
        };
        assertThatThrownBy(() -> pull("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void pull_ofVariantsAlone_saysWhatThereIs() {
        files.remove(WEIGHTS);
        assertThatThrownBy(() -> pull("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("model: org/name has no safetensors of the default variant for transformer;");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/../../x", "/etc/x", "a//b", ".."})
    void pull_ofAPathThatLeadsOut_isRefused(String path) {
        put(path, "x");
        assertThatThrownBy(() -> pull("org/name"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("must list files with size and checksum");
    }

    @Test
    void of_offline_isRefused() {
        assertThatThrownBy(() -> HubDownload.of(Map.of("HF_HUB_OFFLINE", "1"), temp))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("HF_HUB_OFFLINE: is 1, which forbids downloads; unset it to pull");
    }

    @Test
    void pull_behindAProxy_asksItForWhatIsNotOnTheList() throws IOException {
        String proxy = "localhost:" + hub.getAddress().getPort(); // which answers for any host
        Map<String, String> environment = Map.of(
                "HF_ENDPOINT", "http://hub.invalid", "http_proxy", proxy, "NO_PROXY", "elsewhere.invalid, localhost");
        Path snapshot = HubDownload.of(environment, temp)
                .pull("org/name", List.of(WEIGHTS), (file, index, of, done, bytes) -> {}, () -> {});
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(bytes(WEIGHTS));
        assertThat(asked).contains("http://hub.invalid/api/models/org/name/revision/main?blobs=true");
    }

    @Test
    void pull_behindAProxyWithAPassword_showsItToTheProxyAlone() throws IOException {
        wantedProxyUser = "Basic " + Base64.getEncoder().encodeToString("me:p@ss+1".getBytes(StandardCharsets.UTF_8));
        String proxy = "http://me:p%40ss+1@localhost:" + hub.getAddress().getPort();
        Map<String, String> environment =
                Map.of("HF_ENDPOINT", "http://hub.invalid", "ALL_PROXY", proxy, "no_proxy", "localhost");
        Path snapshot = HubDownload.of(environment, temp)
                .pull("org/name", List.of(WEIGHTS), (file, index, of, done, bytes) -> {}, () -> {});
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(bytes(WEIGHTS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"socks5://user:secret@localhost:1080", "https://user:secret@localhost", "http://a b:secret"})
    void of_aProxyThatIsNotSpokenTo_isRefusedWithoutItsPassword(String proxy) {
        assertThatThrownBy(() -> HubDownload.of(Map.of("HTTPS_PROXY", proxy), temp))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("HTTPS_PROXY: must be the address of a proxy that speaks HTTP, as http://")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({
        "HF_TOKEN_PATH, ~/mine, mine",
        "HF_HOME, ~/hf, hf/token",
        "XDG_CACHE_HOME, ~/xdg, xdg/huggingface/token",
        "OTHER, x, .cache/huggingface/token"
    })
    void of_findsTheTokenWherePythonKeepsIt(String variable, String value, String file) throws IOException {
        wantedToken = "secret";
        Path token = temp.resolve(file);
        Files.createDirectories(Objects.requireNonNull(token.getParent()));
        Files.writeString(token, "secret\n");
        Map<String, String> environment =
                Map.of("HF_ENDPOINT", address(hub).toString(), "HF_HUB_CACHE", temp + "/other", variable, value);
        assertThat(held(HubDownload.of(environment, temp)
                        .pull("org/name", List.of("*.md"), (at, index, of, done, bytes) -> {}, () -> {})))
                .containsExactly("README.md");
    }

    @Test
    void pull_ofAServerThatFallsSilent_goesOnWhereItEnded() throws IOException {
        silentAfter = 1_234_567;
        Map<String, String> environment = Map.of(
                "HF_ENDPOINT", address(hub).toString(), "HF_HUB_CACHE", temp + "/hub", "HF_HUB_DOWNLOAD_TIMEOUT", "1");
        Path snapshot = HubDownload.of(environment, temp)
                .pull("org/name", List.of(WEIGHTS), (file, index, of, done, bytes) -> {}, () -> {});
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(bytes(WEIGHTS));
        assertThat(asked).anyMatch(line -> line.startsWith("store " + WEIGHTS + " bytes="));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "ten", "86401"})
    void of_aTimeoutThatIsNone_isRefused(String seconds) {
        assertThatThrownBy(() -> HubDownload.of(Map.of("HF_HUB_DOWNLOAD_TIMEOUT", seconds), temp))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("HF_HUB_DOWNLOAD_TIMEOUT: must be whole seconds from 1 to 86400, not '" + seconds + "'");
    }

    @Test
    void pull_ofAServerThatIsNotThere_saysSo() {
        hub.stop(0);
        assertThatThrownBy(() -> pull("org/name"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("localhost: cannot be reached");
    }
}
