package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings of prompts on a disk, so that a prompt is encoded once, however often it is asked for, by whichever process: a safetensors
 * file each, by the SHA-256 of all that the encoders' answer depends on. Where there are too many, those go that were not used longest.
 *
 * <p>A file that cannot be written or read costs an encoding and nothing else. Several processes may share a folder.
 */
@API(status = API.Status.INTERNAL)
public final class PromptStore {
    private static final String FILES = ".safetensors";
    private static final String TRUNCATIONS = "truncations";

    private final Path folder;
    private final long mostBytes;
    private long bytes = -1;
    private @Nullable String failure;
    private @Nullable Pipeline of;
    private @Nullable String encoders;

    /**
     * Beside nothing else in a folder, which is made when it is needed.
     *
     * @param mostBytes of all files; above 0
     */
    public PromptStore(Path folder, long mostBytes) {
        if (mostBytes < 1) {
            throw new IllegalArgumentException("embeddings: the most bytes must be above 0, not " + mostBytes);
        }
        this.folder = folder;
        this.mostBytes = mostBytes;
    }

    /** What a request's texts become: from the disk, else from the encoders. */
    Prompts encode(Pipeline pipeline, Request request, Cancellation cancellation) throws IOException {
        Path file = folder.resolve(key(pipeline, request) + FILES);
        Prompts known = read(file, request.usesTrueCfg());
        if (known != null) {
            return known;
        }
        Prompts made = pipeline.encode(request, cancellation);
        try {
            write(file, made);
        } catch (IOException e) {
            failure = WholeFile.message(e);
        }
        return made;
    }

    /** Why embeddings are not kept; null where they are. Asked once, it is told once. */
    @Nullable
    String failure() {
        String told = failure;
        failure = null;
        return told;
    }

    private String key(Pipeline pipeline, Request request) throws IOException {
        List<String> parts = new ArrayList<>();
        parts.add(encoders(pipeline));
        request.model().textLoras().forEach(lora -> parts.add(lora.toString()));
        parts.add(JobLoop.Texts.of(request).toString());
        return StartPicture.Input.sha256(String.join("\u0000", parts).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A pipeline's encoders and how they run, looked up once. They are told by their files' places, sizes and times; hashing them would
     * take longer than encoding.
     */
    private String encoders(Pipeline pipeline) throws IOException {
        String known = encoders;
        if (known != null && pipeline.equals(of)) {
            return known;
        }
        List<String> parts = new ArrayList<>();
        parts.add(Settings.version());
        parts.add(
                pipeline.execution().precision() + " on " + pipeline.execution().device());
        for (Component<?, ?> component : pipeline.model().components()) {
            if (component.files().name().startsWith("text_encoder")) {
                try (Stream<Path> files = Files.walk(component.files().path(), 1)) {
                    for (Path file : files.sorted().toList()) {
                        BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
                        if (facts.isRegularFile()) {
                            parts.add(file.toRealPath() + ", " + facts.size() + ", " + facts.lastModifiedTime());
                        }
                    }
                }
            }
        }
        known = String.join("\u0000", parts);
        of = pipeline;
        encoders = known;
        return known;
    }

    private static @Nullable Prompts read(Path file, boolean guided) throws IOException {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            Prompts read;
            try (SafetensorsFile source = SafetensorsFile.open(file);
                    Scope scope = Scope.open()) {
                read = new Prompts(part("positive", source), guided ? part("negative", source) : null);
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return read;
        } catch (WeightsException | IllegalArgumentException | NoSuchFileException e) {
            Files.deleteIfExists(file); // damaged, or another process made room
            return null;
        }
    }

    private static PromptEmbeds part(String name, SafetensorsFile source) {
        String tokens = source.metadata().get(name + ".attended");
        if (tokens == null || !source.infos().containsKey(name + ".states")) {
            throw new IllegalArgumentException("embeddings: have no " + name);
        }
        Tensor states = source.tensor(name + ".states");
        List<PromptEmbeds.Truncation> cut = new ArrayList<>();
        String stored = source.metadata().getOrDefault(name + "." + TRUNCATIONS, "");
        for (String one : stored.isEmpty() ? new String[0] : stored.split(";", -1)) {
            String[] fields = one.split(",", -1);
            cut.add(new PromptEmbeds.Truncation(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2])));
        }
        float[] pooled = source.infos().containsKey(name + ".pooled")
                ? source.tensor(name + ".pooled").to(DType.FLOAT32).toFloats()
                : new float[0];
        return new PromptEmbeds(
                states.to(DType.FLOAT32).toFloats(),
                Math.toIntExact(states.size(0)),
                Integer.parseInt(tokens),
                pooled,
                cut);
    }

    private void write(Path file, Prompts prompts) throws IOException {
        Files.createDirectories(folder);
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Map<String, String> texts = new LinkedHashMap<>();
            put("positive", prompts.positive(), tensors, texts);
            PromptEmbeds negative = prompts.negative();
            if (negative != null) {
                put("negative", negative, tensors, texts);
            }
            SafetensorsWriter.write(file, tensors, texts);
        }
        bytes = bytes < 0 ? all() : bytes + Files.size(file);
        if (bytes > mostBytes) {
            makeRoom();
        }
    }

    private static void put(String name, PromptEmbeds prompt, Map<String, Tensor> tensors, Map<String, String> texts) {
        float[] states = prompt.stateValues();
        tensors.put(name + ".states", Tensor.of(states, prompt.tokens(), states.length / prompt.tokens()));
        float[] pooled = prompt.pooledValues();
        if (pooled.length > 0) {
            tensors.put(name + ".pooled", Tensor.of(pooled, pooled.length));
        }
        texts.put(name + ".attended", String.valueOf(prompt.attended()));
        texts.put(
                name + "." + TRUNCATIONS,
                String.join(
                        ";",
                        prompt.truncations().stream()
                                .map(cut -> cut.encoder() + "," + cut.tokens() + "," + cut.needed())
                                .toList()));
    }

    private record Kept(Path file, long bytes, FileTime used) {}

    private List<Kept> kept() throws IOException {
        List<Kept> kept = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                try {
                    if (String.valueOf(file.getFileName()).endsWith(FILES)) {
                        kept.add(new Kept(file, Files.size(file), Files.getLastModifiedTime(file)));
                    }
                } catch (NoSuchFileException e) {
                    // another process made room
                }
            }
        }
        return kept;
    }

    private long all() throws IOException {
        return kept().stream().mapToLong(Kept::bytes).sum();
    }

    /** Down to nine tenths, so that it is seldom done. */
    private void makeRoom() throws IOException {
        List<Kept> kept = new ArrayList<>(kept());
        kept.sort(Comparator.comparing(Kept::used));
        bytes = kept.stream().mapToLong(Kept::bytes).sum();
        for (Kept one : kept) {
            if (bytes <= mostBytes * 9 / 10) {
                break;
            }
            Files.deleteIfExists(one.file());
            bytes -= one.bytes();
        }
    }
}
