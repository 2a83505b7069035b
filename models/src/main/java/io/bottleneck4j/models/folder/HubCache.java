package io.bottleneck4j.models.folder;

import io.bottleneck4j.torch.io.Excerpt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The local Hugging Face cache, where Python keeps what it downloaded. Only looked into; {@link HubDownload} adds to it.
 *
 * <p>Layout: {@code models--org--name/refs/REVISION} holds a commit, {@code snapshots/COMMIT} the folder.
 *
 * @param root the folder that holds {@code models--…}
 */
public record HubCache(Path root) {
    private static final int MAX_DEPTH = 4;
    private static final Pattern NAME = Pattern.compile("([\\w.-]+)/([\\w.-]+)(?:@([\\w./-]+))?");
    private static final Pattern COMMIT = Pattern.compile("\\w[\\w.-]*");
    /** Names as {@code refs/pr/1}; a part that starts with a dot could lead out of the cache. */
    private static final Pattern REVISION = Pattern.compile("\\w[\\w.-]*(/\\w[\\w.-]*)*");

    /** Variables of the environment, and where the cache lies in the folder that they name. */
    private static final String[][] PLACES = {
        {"HF_HUB_CACHE", ""}, {"HUGGINGFACE_HUB_CACHE", ""}, {"HF_HOME", "hub"}, {"XDG_CACHE_HOME", "huggingface/hub"}
    };

    /** The same of the file with the user's token; the variable names the file itself where nothing follows. */
    private static final String[][] TOKENS = {
        {"HF_TOKEN_PATH", ""}, {"HF_HOME", "token"}, {"XDG_CACHE_HOME", "huggingface/token"}
    };

    /**
     * The cache an environment points to: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME/huggingface/hub, or
     * ~/.cache/huggingface/hub, in this order.
     */
    public static HubCache of(Map<String, String> environment, Path home) {
        return new HubCache(place(PLACES, "hub", environment, home));
    }

    /** The file of the user's token: HF_TOKEN_PATH, HF_HOME/token, XDG_CACHE_HOME/huggingface/token, or ~/.cache/huggingface/token. */
    static Path token(Map<String, String> environment, Path home) {
        return place(TOKENS, "token", environment, home);
    }

    private static Path place(String[][] places, String usual, Map<String, String> environment, Path home) {
        for (String[] place : places) {
            String value = environment.getOrDefault(place[0], "");
            if (!value.isBlank()) {
                return expand(value, home).resolve(place[1]);
            }
        }
        return home.resolve(".cache").resolve("huggingface").resolve(usual);
    }

    private static Path expand(String path, Path home) {
        if (path.equals("~")) {
            return home;
        }
        return path.startsWith("~/") ? home.resolve(path.substring(2)) : Path.of(path);
    }

    /**
     * A model's name.
     *
     * @param organization {@code org} of {@code org/name@revision}
     * @param revision a branch, tag or commit
     */
    record Name(String organization, String name, String revision) {
        /** The revision where none is named. */
        static final String MAIN = "main";

        static Name parse(String text) {
            Matcher parts = NAME.matcher(text);
            if (!isModelName(text) || !parts.matches()) {
                throw new IllegalArgumentException(
                        "model: must be org/name or org/name@revision, not '" + Spelling.complaint(text) + "'");
            }
            String revision = parts.group(3) == null ? MAIN : parts.group(3);
            return new Name(parts.group(1), parts.group(2), revision);
        }

        String repository() {
            return organization + "/" + name;
        }

        String folder() {
            return "models--" + organization + "--" + name;
        }
    }

    /** Whether a text has the form {@code org/name} or {@code org/name@revision}. */
    public static boolean isModelName(String text) {
        return NAME.matcher(text).matches() && !text.startsWith(".");
    }

    /**
     * The folder of a model.
     *
     * @param name {@code org/name}, or {@code org/name@revision}; the revision defaults to main
     * @throws IllegalArgumentException if it is not in the cache
     */
    public Path find(String name) {
        Name parts = Name.parse(name);
        String revision = parts.revision();
        Path model = root.resolve(parts.folder());
        if (!Files.isDirectory(model)) {
            throw new IllegalArgumentException(
                    "model: " + name + " is neither a folder here nor in the Hugging Face cache " + root
                            + " (HF_HUB_CACHE and HF_HOME move it); nothing is downloaded unasked: fetch it with"
                            + " 'bottleneck4j pull " + name + "', or give the path of a diffusers folder");
        }
        Path snapshots = model.resolve("snapshots");
        String commit = commit(name, model, revision);
        Path snapshot = snapshots.resolve(COMMIT.matcher(commit).matches() ? commit : revision.replace('/', '-'));
        if (!COMMIT.matcher(commit).matches() || !Files.isDirectory(snapshot)) {
            throw new IllegalArgumentException(
                    "model: " + name + ": the Hugging Face cache has no snapshot of revision " + revision + " at "
                            + snapshot + "; fetch it again");
        }
        requireWhole(name, snapshot);
        return snapshot;
    }

    /** Files of a snapshot are links; one whose target was never fetched, or was deleted, leads nowhere. */
    private static void requireWhole(String name, Path snapshot) {
        try (Stream<Path> files = Files.walk(snapshot, MAX_DEPTH)) {
            List<String> broken = files.filter(file -> Files.isSymbolicLink(file) && !Files.exists(file))
                    .map(file -> snapshot.relativize(file).toString())
                    .sorted()
                    .toList();
            if (!broken.isEmpty()) {
                throw new IllegalArgumentException("model: " + name + ": the Hugging Face cache holds it in part: "
                        + broken.size() + " files of " + snapshot + " lead nowhere, such as " + broken.get(0)
                        + "; fetch it again");
            }
        } catch (IOException | UncheckedIOException e) {
            throw new FolderException(snapshot + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    /** The one there is, where a cache was copied without its refs. */
    private static String onlySnapshot(String name, Path model) {
        try (Stream<Path> all = Files.list(model.resolve("snapshots"))) {
            List<String> commits = all.filter(Files::isDirectory)
                    .map(commit -> commit.getFileName().toString())
                    .sorted()
                    .toList();
            if (commits.size() > 1) {
                throw new IllegalArgumentException("model: " + name + ": the Hugging Face cache has snapshots "
                        + Excerpt.list(commits) + " and does not say which is main; name one, as " + name + "@"
                        + commits.get(0));
            }
            return commits.isEmpty() ? Name.MAIN : commits.get(0);
        } catch (IOException e) {
            return Name.MAIN; // there are none, which is told
        }
    }

    private static String commit(String name, Path model, String revision) {
        if (!REVISION.matcher(revision).matches()) {
            return revision;
        }
        Path ref = model.resolve("refs").resolve(revision);
        if (!Files.isRegularFile(ref)) {
            // may itself be a commit
            return revision.equals(Name.MAIN) ? onlySnapshot(name, model) : revision;
        }
        try {
            return Files.readString(ref).strip();
        } catch (IOException e) {
            throw new FolderException(ref + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
