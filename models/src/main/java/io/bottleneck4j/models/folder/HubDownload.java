package io.bottleneck4j.models.folder;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Timer;
import java.util.TimerTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Downloads a model into the local Hugging Face cache, where Python finds it too: by the Hub's own protocol, each file checked against its
 * checksum, a download that was cut taken up where it ended.
 *
 * <p>Source: huggingface_hub file_download.py and hf_api.py@1.0: {@code /api/models/NAME/revision/REVISION?blobs=true} lists files with
 * sizes and checksums, {@code /NAME/resolve/COMMIT/FILE} gives one; blobs are named by their checksum, and a snapshot links to them.
 */
public final class HubDownload {
    private static final String OFFLINE = "HF_HUB_OFFLINE";
    private static final int TRIES = 5;
    private static final int HOPS = 10;
    private static final int CHUNK = 1 << 20;
    private static final int SHA256_DIGITS = 64;
    private static final Duration CONNECTING = Duration.ofSeconds(20);

    /** How long nothing may come before a connection is taken for cut; and the variable that says otherwise, in seconds. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final String TIMEOUT = "HF_HUB_DOWNLOAD_TIMEOUT";
    private static final int LONGEST_TIMEOUT = 86_400;
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{7,64}");
    private static final Pattern CHECKSUM = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    /** A file's path in a repository: no part of it leads out of a folder. */
    private static final Pattern FILE = Pattern.compile("(?!\\.\\.?(/|$))[^/\\\\]+(/(?!\\.\\.?(/|$))[^/\\\\]+)*");

    private static final Pattern WEIGHTS =
            Pattern.compile("(diffusion_pytorch_model|model)(-\\d+-of-\\d+)?\\.safetensors(\\.index\\.json)?");
    private static final Pattern SETTINGS = Pattern.compile(".+\\.(json|txt|model|jinja)");
    private static final Set<String> WEIGHTED =
            Set.of("transformer", "transformer_2", "text_encoder", "text_encoder_2", "vae");
    private static final Set<String> UNWEIGHTED = Set.of("tokenizer", "tokenizer_2", "scheduler");
    private static final Set<String> TOP = Set.of("model_index.json", "bottleneck4j.yaml");

    private final HubCache cache;
    private final URI endpoint;
    private final @Nullable String token;
    private final HttpClient client;
    private final Duration silence;

    /** Is told how far a download is. */
    @FunctionalInterface
    public interface Progress {
        /**
         * So far it is.
         *
         * @param file its path in the repository
         * @param index of it among all, from 0
         * @param files in all
         * @param done bytes of all files that are there
         * @param bytes of all files
         */
        void at(String file, int index, int files, long done, long bytes);
    }

    /** Into a cache, from a server that speaks the Hub's protocol; a token opens what its owner may read. */
    public HubDownload(HubCache cache, URI endpoint, @Nullable String token) {
        this(cache, endpoint, token, Map.of());
    }

    private HubDownload(HubCache cache, URI endpoint, @Nullable String token, Map<String, String> environment) {
        this.cache = cache;
        this.endpoint = endpoint;
        this.token = token;
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(CONNECTING).followRedirects(HttpClient.Redirect.NEVER);
        ProxyVariables.of(environment).ifPresent(proxies -> proxies.set(builder));
        client = builder.build();
        silence = silence(environment.getOrDefault(TIMEOUT, "").strip());
    }

    private static Duration silence(String seconds) {
        if (seconds.isEmpty()) {
            return SILENCE;
        }
        if (!seconds.matches("\\d{1,5}")
                || Integer.parseInt(seconds) < 1
                || Integer.parseInt(seconds) > LONGEST_TIMEOUT) {
            throw new IllegalArgumentException(TIMEOUT + ": must be whole seconds from 1 to " + LONGEST_TIMEOUT
                    + ", not '" + Excerpt.of(seconds, 20) + "'");
        }
        return Duration.ofSeconds(Integer.parseInt(seconds));
    }

    /**
     * As an environment says, which Python reads too: HF_ENDPOINT names the server; the token is HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or in
     * the file HF_TOKEN_PATH, HF_HOME/token, XDG_CACHE_HOME/huggingface/token or ~/.cache/huggingface/token; HTTPS_PROXY, HTTP_PROXY,
     * ALL_PROXY and NO_PROXY say which proxy is asked, HF_HUB_DOWNLOAD_TIMEOUT after how many seconds of silence a connection is given up.
     *
     * @throws IllegalArgumentException if HF_HUB_OFFLINE forbids it, or one of these holds something else
     */
    public static HubDownload of(Map<String, String> environment, Path home) {
        String offline = environment.getOrDefault(OFFLINE, "").strip();
        if (Set.of("1", "ON", "YES", "TRUE").contains(offline.toUpperCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    OFFLINE + ": is " + offline + ", which forbids downloads; unset it to pull");
        }
        String server = environment.getOrDefault("HF_ENDPOINT", "").strip();
        URI endpoint = URI.create(server.isEmpty() ? "https://huggingface.co" : server.replaceFirst("/+$", ""));
        if (endpoint.getHost() == null || !Set.of("http", "https").contains(endpoint.getScheme())) {
            throw new IllegalArgumentException(
                    "HF_ENDPOINT: must be an address such as https://host, not '" + server + "'");
        }
        return new HubDownload(HubCache.of(environment, home), endpoint, token(environment, home), environment);
    }

    private static @Nullable String token(Map<String, String> environment, Path home) {
        for (String name : List.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")) {
            String value = environment.getOrDefault(name, "").strip();
            if (!value.isEmpty()) {
                return value;
            }
        }
        Path file = HubCache.token(environment, home);
        try {
            String text = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
            return text.isEmpty() ? null : text;
        } catch (IOException e) {
            throw new FolderException(
                    file + ": cannot be read: " + e.getMessage() + "; it should hold the Hub's token", e);
        }
    }

    /** One file of a repository, and the checksum it is named by. */
    private record Remote(String path, long size, String checksum) {}

    /** What a repository holds at a commit. */
    private record Listing(String commit, List<Remote> files) {}

    /**
     * Downloads what bottleneck4j reads of a model, or the files that are asked for, unless they are there.
     *
     * @param name {@code org/name} or {@code org/name@revision}
     * @param include patterns of paths, as {@code *.safetensors} or {@code vae/*}; without any, what a pipeline needs
     * @param check is run now and then; what it throws ends the download, which can be taken up again
     * @return the snapshot's folder
     * @throws IllegalArgumentException if there is no such model, it needs a token, or it has no such files
     * @throws IOException if the server cannot be reached or a file not be written
     */
    public Path pull(String name, List<String> include, Progress progress, Runnable check) throws IOException {
        HubCache.Name model = HubCache.Name.parse(name);
        Listing listing = listing(model);
        Path folder = cache.root().resolve(model.folder());
        Path snapshot = folder.resolve("snapshots").resolve(listing.commit());
        Place place = new Place(model, folder, snapshot, listing.commit(), check);
        List<Remote> wanted = include.isEmpty() ? needed(name, listing, place) : included(name, listing, include);
        long bytes = wanted.stream().mapToLong(Remote::size).sum();
        requireRoom(wanted, place);
        long done = 0;
        for (int i = 0; i < wanted.size(); i++) {
            Remote file = wanted.get(i);
            int index = i;
            long before = done;
            fetch(place, file, part -> progress.at(file.path(), index, wanted.size(), before + part, bytes));
            done += file.size();
            progress.at(file.path(), i, wanted.size(), done, bytes);
        }
        writeRef(folder, model.revision(), listing.commit());
        return snapshot;
    }

    /** Where the files of one model at one commit go. */
    private record Place(HubCache.Name model, Path folder, Path snapshot, String commit, Runnable check) {
        Path blob(Remote file) {
            return folder.resolve("blobs").resolve(file.checksum());
        }

        Path link(Remote file) {
            return snapshot.resolve(file.path());
        }
    }

    private Listing listing(HubCache.Name model) throws IOException {
        URI address = URI.create(endpoint + "/api/models/" + model.repository() + "/revision/"
                + URLEncoder.encode(model.revision(), StandardCharsets.UTF_8) + "?blobs=true");
        HttpResponse<InputStream> response = get(address, 0);
        JsonNode json;
        try (InputStream body = response.body()) {
            requireFound(model, response, "");
            json = Config.tree(body);
        }
        String commit = json.path("sha").asText();
        if (!COMMIT.matcher(commit).matches()) {
            throw new IOException(address + ": must name a commit under sha, has " + Excerpt.quoted(commit));
        }
        List<Remote> files = new ArrayList<>();
        for (JsonNode sibling : json.path("siblings")) {
            String path = sibling.path("rfilename").asText();
            JsonNode large = sibling.path("lfs");
            String checksum = large.path("sha256").asText(sibling.path("blobId").asText());
            long size = sibling.path("size").asLong(-1);
            if (!FILE.matcher(path).matches() || !CHECKSUM.matcher(checksum).matches() || size < 0) {
                throw new IOException(address + ": must list files with size and checksum, has " + Excerpt.quoted(path)
                        + " with size " + size + " and checksum " + Excerpt.quoted(checksum));
            }
            files.add(new Remote(path, size, checksum));
        }
        return new Listing(commit, files);
    }

    private static List<Remote> included(String name, Listing listing, List<String> include) {
        List<Remote> wanted = new ArrayList<>();
        List<PathMatcher> patterns = include.stream()
                .map(pattern -> FileSystems.getDefault().getPathMatcher("glob:" + pattern.replace("*", "**")))
                .toList();
        boolean[] met = new boolean[patterns.size()];
        for (Remote file : listing.files()) {
            boolean wants = false;
            for (int i = 0; i < met.length; i++) {
                boolean matches = patterns.get(i).matches(Path.of(file.path()));
                met[i] |= matches;
                wants |= matches;
            }
            if (wants) {
                wanted.add(file);
            }
        }
        for (int i = 0; i < met.length; i++) {
            if (!met[i]) {
                throw new IllegalArgumentException(
                        "include: nothing of " + name + " matches '" + include.get(i) + "'; it holds " + held(listing));
            }
        }
        return wanted;
    }

    private static String held(Listing listing) {
        return Excerpt.list(listing.files().stream().map(Remote::path).toList());
    }

    /** The index first, which names the components; then settings, tokenizers and the safetensors of the default variant. */
    private List<Remote> needed(String name, Listing listing, Place place) throws IOException {
        Optional<Remote> index = listing.files().stream()
                .filter(file -> file.path().equals("model_index.json"))
                .findFirst();
        if (index.isEmpty()) {
            throw new IllegalArgumentException(
                    "model: " + name + " has no model_index.json and so is no pipeline in the"
                            + " diffusers layout; name the files you want with --include. It holds " + held(listing));
        }
        fetch(place, index.get(), part -> {});
        Set<String> components = ModelFolder.open(place.snapshot()).classes().keySet();
        List<Remote> wanted = listing.files().stream()
                .filter(file -> isNeeded(file.path(), components))
                .toList();
        Set<String> folders = wanted.stream()
                .filter(file -> file.path().endsWith(".safetensors"))
                .map(file -> file.path().substring(0, file.path().indexOf('/')))
                .collect(Collectors.toSet());
        List<String> without = components.stream()
                .filter(component -> WEIGHTED.contains(component) && !folders.contains(component))
                .toList();
        if (!without.isEmpty()) {
            throw new IllegalArgumentException("model: " + name + " has no safetensors of the default variant for "
                    + Excerpt.list(without) + "; name the files you want with --include. It holds " + held(listing));
        }
        return wanted;
    }

    private static boolean isNeeded(String path, Set<String> components) {
        int slash = path.indexOf('/');
        if (slash < 0) {
            return TOP.contains(path);
        }
        String component = path.substring(0, slash);
        String file = path.substring(slash + 1);
        if (!components.contains(component) || file.contains("/")) {
            return false;
        }
        boolean weights = file.contains(".safetensors");
        return WEIGHTED.contains(component)
                ? weights ? WEIGHTS.matcher(file).matches() : file.equals("config.json")
                : UNWEIGHTED.contains(component) && SETTINGS.matcher(file).matches();
    }

    private static void requireRoom(List<Remote> wanted, Place place) throws IOException {
        Path folder = place.folder();
        Files.createDirectories(folder);
        long missing = 0;
        for (Remote file : wanted) {
            if (!Files.exists(place.blob(file)) && !Files.exists(place.link(file))) {
                missing += file.size();
            }
        }
        long room = Files.getFileStore(folder).getUsableSpace();
        if (missing > room) {
            throw new IOException(folder + ": needs " + missing + " bytes, has room for " + room
                    + "; make room, or move the cache with HF_HUB_CACHE");
        }
    }

    /** Told of the bytes of one file that are there. */
    @FunctionalInterface
    private interface Part {
        void at(long bytes);
    }

    private void fetch(Place place, Remote file, Part part) throws IOException {
        Path link = place.link(file);
        if (Files.exists(link)) {
            return;
        }
        Path blob = place.blob(file);
        if (!Files.exists(blob)) {
            Files.createDirectories(place.folder().resolve("blobs"));
            download(place, file, blob, part);
        }
        Path folder = Objects.requireNonNull(link.getParent());
        Files.createDirectories(folder);
        try {
            Files.deleteIfExists(link); // one that led nowhere
            Files.createSymbolicLink(link, folder.relativize(blob));
        } catch (UnsupportedOperationException | IOException e) {
            Files.move(blob, link, StandardCopyOption.REPLACE_EXISTING); // as Python does where there are no links
        }
    }

    private void download(Place place, Remote file, Path blob, Part part) throws IOException {
        Path incomplete = blob.resolveSibling(file.checksum() + ".incomplete");
        URI address = URI.create(endpoint + "/" + place.model().repository() + "/resolve/" + place.commit() + "/"
                + Arrays.stream(file.path().split("/"))
                        .map(name ->
                                URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20"))
                        .collect(Collectors.joining("/")));
        try (FileChannel out = FileChannel.open(
                        incomplete, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = out.tryLock()) {
            if (lock == null) {
                throw new IOException(incomplete + ": is being downloaded by another process; wait for it");
            }
            if (out.size() > file.size()) {
                out.truncate(0);
            }
            for (int tries = 1; out.size() < file.size(); tries++) {
                try {
                    append(address, place, file, out, part);
                } catch (IOException e) {
                    if (tries >= TRIES) {
                        throw new IOException(
                                file.path() + ": was cut after " + out.size() + " of " + file.size() + " bytes, "
                                        + tries + " times: " + e.getMessage() + "; pull again to go on from there",
                                e);
                    }
                    pause(tries);
                }
            }
            requireChecksum(file, out);
        }
        Files.move(incomplete, blob, StandardCopyOption.ATOMIC_MOVE);
    }

    private void append(URI address, Place place, Remote file, FileChannel out, Part part) throws IOException {
        long start = out.size();
        HttpResponse<InputStream> response = get(address, start);
        try (InputStream body = response.body();
                Watch watch = new Watch(body)) {
            requireFound(place.model(), response, file.path());
            boolean partial = response.statusCode() == 206;
            String range = response.headers().firstValue("Content-Range").orElse("");
            if (partial && !range.startsWith("bytes " + start + "-")) {
                throw new IOException("asked for bytes from " + start + ", was given '" + Excerpt.of(range, 60) + "'");
            }
            if (!partial) {
                out.truncate(0); // a server that gives no parts gives all
            }
            out.position(out.size());
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            var in = Channels.newChannel(body);
            while (in.read(chunk.clear()) >= 0) {
                watch.heard();
                place.check().run();
                chunk.flip();
                if (out.position() + chunk.remaining() > file.size()) {
                    out.truncate(0);
                    throw new IOException("must have " + file.size() + " bytes, has more");
                }
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
                part.at(out.position());
            }
            if (out.size() < file.size()) {
                throw new IOException(
                        watch.closed
                                ? "nothing came for " + silence.toSeconds() + " s"
                                : "the server closed the connection");
            }
        }
    }

    /** Closes what nothing comes from, which ends a read that would wait for ever. */
    private final class Watch extends TimerTask implements AutoCloseable {
        private final InputStream body;
        private final Timer timer = new Timer("silence", true);
        private volatile long last = System.nanoTime();
        private volatile boolean closed;

        Watch(InputStream body) {
            this.body = body;
            long often = silence.toMillis() / 8;
            timer.schedule(this, often, often);
        }

        void heard() {
            last = System.nanoTime();
        }

        @Override
        public void run() {
            if (System.nanoTime() - last > silence.toNanos()) {
                closed = true;
                try {
                    body.close();
                } catch (IOException e) {
                    // the read ends either way
                }
            }
        }

        @Override
        public void close() {
            timer.cancel();
        }
    }

    /** Large files are named by SHA-256 of their bytes, others as git names a blob. */
    private static void requireChecksum(Remote file, FileChannel in) throws IOException {
        boolean large = file.checksum().length() == SHA256_DIGITS;
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(large ? "SHA-256" : "SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1 and SHA-256", e);
        }
        if (!large) {
            digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.UTF_8));
        }
        in.position(0);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        while (in.read(chunk.clear()) >= 0) {
            digest.update(chunk.flip());
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(file.checksum())) {
            in.truncate(0);
            throw new IOException(file.path() + ": must have the checksum " + file.checksum() + ", has " + found
                    + "; it was damaged on its way and is removed, pull again");
        }
    }

    private static void pause(int tries) throws IOException {
        try {
            Thread.sleep(Duration.ofMillis(200L << tries).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Follows redirects; the token is shown to the Hub alone. */
    private HttpResponse<InputStream> get(URI address, long from) throws IOException {
        URI at = address;
        for (int hop = 0; hop < HOPS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(at)
                    .timeout(silence)
                    .header("User-Agent", "bottleneck4j")
                    .GET();
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-");
            }
            if (token != null && isHub(at)) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<InputStream> response;
            try {
                response = client.send(request.build(), BodyHandlers.ofInputStream());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            } catch (IOException e) {
                throw new IOException(
                        at.getHost() + ": cannot be reached: " + e.getClass().getSimpleName()
                                + (e.getMessage() == null ? "" : ": " + e.getMessage())
                                + "; check the network, or HF_ENDPOINT",
                        e);
            }
            Optional<String> location = response.headers().firstValue("Location");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            at = at.resolve(location.get());
        }
        throw new IOException(address + ": redirects more than " + HOPS + " times");
    }

    private boolean isHub(URI address) {
        return endpoint.getHost().equals(address.getHost())
                && endpoint.getPort() == address.getPort()
                && endpoint.getScheme().equals(address.getScheme());
    }

    private void requireFound(HubCache.Name model, HttpResponse<?> response, String file) throws IOException {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return;
        }
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        String what = model.repository() + (file.isEmpty() ? "" : ", " + file);
        if (code.equals("RevisionNotFound")) {
            throw new IllegalArgumentException(
                    "model: " + model.repository() + " has no revision '" + model.revision() + "'");
        }
        if (code.equals("GatedRepo") || status == 403) {
            throw new IllegalArgumentException(
                    "model: " + what + " is open to those who accepted its terms: accept them on its"
                            + " page, and give the token of that account in HF_TOKEN"
                            + (token == null ? "" : "; the present token does not open it"));
        }
        if (status == 401 || code.equals("RepoNotFound") || status == 404) {
            throw new IllegalArgumentException("model: there is no " + what + " at " + endpoint.getHost()
                    + ", or it is private and needs a token in HF_TOKEN; check the spelling");
        }
        throw new IOException(endpoint.getHost() + " answered " + status + " for " + what
                + response.headers()
                        .firstValue("X-Error-Message")
                        .map(text -> ": " + Excerpt.of(text, 200))
                        .orElse(""));
    }

    private static void writeRef(Path folder, String revision, String commit) throws IOException {
        if (revision.equals(commit)) {
            return;
        }
        Path ref = folder.resolve("refs").resolve(revision);
        Files.createDirectories(Objects.requireNonNull(ref.getParent()));
        Path temporary = ref.resolveSibling("." + ref.getFileName() + ".tmp");
        Files.writeString(temporary, commit);
        Files.move(temporary, ref, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
