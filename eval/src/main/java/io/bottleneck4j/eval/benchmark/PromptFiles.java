package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files that a run's prompts are in, and their copies in the run's folder.
 *
 * <p>A benchmark with one file has its copy as {@code prompts} with the file's ending, beside {@code run.json}; one with a file for each
 * category has a folder {@code prompts} of them. The checksum is the file's SHA-256; of several files, that of the text that
 * {@code sha256sum *} prints of them.
 */
public final class PromptFiles {
    private final Map<String, byte[]> files = new TreeMap<>();

    private PromptFiles() {}

    /** Reads files; IllegalArgumentException if one is missing, or two have one name. */
    public static PromptFiles read(List<Path> paths) throws IOException {
        PromptFiles read = new PromptFiles();
        for (Path path : paths) {
            if (!Files.isRegularFile(path)) {
                throw new IllegalArgumentException("prompts: " + path + " is no file; name the benchmark's own");
            }
            if (read.files.put(name(path), Files.readAllBytes(path)) != null) {
                throw new IllegalArgumentException("prompts: two files are named " + name(path) + "; give one of them");
            }
        }
        return read;
    }

    /** One file of this content. */
    public static PromptFiles of(String name, byte[] bytes) {
        PromptFiles one = new PromptFiles();
        one.files.put(name, bytes.clone());
        return one;
    }

    /** The copies of a run; IllegalArgumentException if they are missing, or are not what run.json says. */
    static PromptFiles ofRun(Path folder, RunRecord run, Benchmark benchmark) throws IOException {
        PromptFiles copies = new PromptFiles();
        if (benchmark.filePerCategory()) {
            Path copied = folder.resolve("prompts");
            if (Files.isDirectory(copied)) {
                try (Stream<Path> listed = Files.list(copied)) {
                    copies = read(listed.sorted().toList());
                }
            }
        } else {
            Path copy = folder.resolve(copyName(run.prompts().file()));
            if (Files.isRegularFile(copy)) {
                copies = of(run.prompts().file(), Files.readAllBytes(copy));
            }
        }
        if (copies.files.isEmpty()) {
            throw new IllegalArgumentException(folder + ": has no copy of its prompts; put "
                    + run.prompts().file() + " there");
        }
        if (!copies.sha256().equals(run.prompts().sha256())) {
            throw new IllegalArgumentException(folder + ": its copy of "
                    + run.prompts().file()
                    + " is not what the run was made of: its SHA-256 is " + copies.sha256() + ", and run.json has "
                    + run.prompts().sha256());
        }
        return copies;
    }

    /** Puts copies into a run's folder, unless they are there. */
    void copyTo(Path folder, Benchmark benchmark) throws IOException {
        Path place = benchmark.filePerCategory() ? Files.createDirectories(folder.resolve("prompts")) : folder;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path copy = place.resolve(benchmark.filePerCategory() ? file.getKey() : copyName(file.getKey()));
            if (!Files.isRegularFile(copy) || !Arrays.equals(Files.readAllBytes(copy), file.getValue())) {
                WholeFile.write(copy, file.getValue());
            }
        }
    }

    private static String copyName(String name) {
        int dot = name.lastIndexOf('.');
        return "prompts" + (dot < 0 ? "" : name.substring(dot));
    }

    /** Their names, for {@code run.json}. */
    public String names() {
        return String.join(", ", files.keySet());
    }

    /** Their checksum. */
    public String sha256() {
        if (files.size() == 1) {
            return RunRecord.PromptSet.sha256Of(files.values().iterator().next());
        }
        String lines = files.entrySet().stream()
                .map(file -> RunRecord.PromptSet.sha256Of(file.getValue()) + "  " + file.getKey() + "\n")
                .collect(Collectors.joining());
        return RunRecord.PromptSet.sha256Of(lines.getBytes(StandardCharsets.UTF_8));
    }

    /** Their texts, by name; IllegalArgumentException if one is not UTF-8. */
    List<PromptFile> texts() {
        List<PromptFile> texts = new ArrayList<>();
        files.forEach((name, bytes) -> texts.add(new PromptFile(name, text(name, bytes))));
        return texts;
    }

    private static String text(String name, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(name + ": is not UTF-8; convert it", e);
        }
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }
}
