package io.bottleneck4j.models.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubCacheTest {
    private static final Path HOME = Path.of("/home/u");
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path root;

    private Path model;
    private Path snapshot;

    @BeforeEach
    void writeCache() throws IOException {
        model = root.resolve("models--org--name");
        snapshot = Files.createDirectories(model.resolve("snapshots").resolve(COMMIT));
        Files.createDirectories(model.resolve("refs/pr"));
        Files.writeString(model.resolve("refs/main"), COMMIT + "\n");
        Files.writeString(model.resolve("refs/pr/1"), COMMIT);
    }

    @Test
    void of_takesVariablesInPythonsOrder() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HF_HUB_CACHE", "/a",
                "HUGGINGFACE_HUB_CACHE", "/b",
                "HF_HOME", "/c",
                "XDG_CACHE_HOME", "/d"));
        assertRoot(environment, "/a");
        environment.remove("HF_HUB_CACHE");
        assertRoot(environment, "/b");
        environment.put("HUGGINGFACE_HUB_CACHE", "  ");
        assertRoot(environment, "/c/hub");
        environment.remove("HF_HOME");
        assertRoot(environment, "/d/huggingface/hub");
        environment.remove("XDG_CACHE_HOME");
        assertRoot(environment, "/home/u/.cache/huggingface/hub");
    }

    @Test
    void of_expandsTilde() {
        assertRoot(Map.of("HF_HUB_CACHE", "~/x"), "/home/u/x");
        assertRoot(Map.of("HF_HUB_CACHE", "~"), "/home/u");
        assertRoot(Map.of("HF_HOME", "~/x"), "/home/u/x/hub");
        assertRoot(Map.of("XDG_CACHE_HOME", "~/x"), "/home/u/x/huggingface/hub");
        assertRoot(Map.of("HF_HUB_CACHE", "/x~/y"), "/x~/y");
    }

    private static void assertRoot(Map<String, String> environment, String expected) {
        assertThat(HubCache.of(environment, HOME).root()).isEqualTo(Path.of(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"org/name", "org/name@main", "org/name@pr/1", "org/name@" + COMMIT})
    void find_ofRevision_isItsSnapshot(String name) {
        assertThat(new HubCache(root).find(name)).isEqualTo(snapshot);
    }

    @Test
    void find_inRelativeOrUnnormalisedCache_works() {
        Path relative = Path.of("").toAbsolutePath().relativize(root);
        assertThat(new HubCache(relative).find("org/name")).isDirectory();
        assertThat(new HubCache(Path.of(".").resolve(relative)).find("org/name"))
                .isDirectory();
        assertThat(new HubCache(root.resolve("x/..").resolve(".")).root()).isNotNull();
        assertThat(new HubCache(root.resolve("models--org--name/..")).find("org/name"))
                .isDirectory();
    }

    @Test
    void find_ofUnknownModel_saysHowToGetIt() {
        assertThatThrownBy(() -> new HubCache(root).find("org/other@v1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: org/other@v1 is neither a folder here nor in the Hugging Face cache " + root
                        + "; bottleneck4j downloads nothing: fetch it with 'hf download org/other', or give the path of"
                        + " a diffusers folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"v2", "..", "../..", "../snapshots", "/etc", "pr/../main", "./main", ".", "pr//1", "pr"})
    void find_ofUnknownOrHostileRevision_isRefused(String revision) {
        assertThatThrownBy(() -> new HubCache(root).find("org/name@" + revision))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: org/name@" + revision + ": the Hugging Face cache has no snapshot of revision "
                        + revision + " in " + model.resolve("snapshots") + "; fetch it again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../../..", "/etc", "", "a\u0000b", "missing"})
    void find_ofHostileRef_isRefused(String content) throws IOException {
        Files.writeString(model.resolve("refs/main"), content);
        assertThatThrownBy(() -> new HubCache(root).find("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no snapshot of revision main");
    }

    @Test
    void find_ofSnapshotLink_followsItOrSaysItIsGone() throws IOException {
        Files.writeString(model.resolve("refs/main"), "linked");
        Path link = model.resolve("snapshots/linked");
        Files.createSymbolicLink(link, snapshot);
        assertThat(new HubCache(root).find("org/name")).isEqualTo(link);
        Files.delete(snapshot);
        assertThatThrownBy(() -> new HubCache(root).find("org/name")).hasMessageContaining("has no snapshot");
    }

    @ParameterizedTest
    @CsvSource({
        "org/name, true",
        "org/name@main, true",
        "black-forest-labs/FLUX.1-dev@refs/pr/3, true",
        "name, false",
        "./a, false",
        "../a, false",
        "/a/b, false",
        "a/b/c, false",
        "a b/c, false",
        "org/name@, false"
    })
    void isModelName_knowsTheForm(String text, boolean expected) {
        assertThat(HubCache.isModelName(text)).isEqualTo(expected);
    }

    @Test
    void find_ofOtherText_isRefused() {
        assertThatThrownBy(() -> new HubCache(root).find("name"))
                .hasMessage("model: must be a folder or org/name, not 'name'");
    }
}
