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
import org.junit.jupiter.params.provider.ValueSource;

class HubCacheTest {
    private static final Path HOME = Path.of("/home/ada");

    @TempDir
    private Path root;

    private HubCache cache;
    private Path model;

    @BeforeEach
    void setUp() throws IOException {
        cache = new HubCache(root);
        model = root.resolve("models--org--name");
        Files.createDirectories(model.resolve("refs"));
        Files.createDirectories(model.resolve("snapshots/abc123/vae"));
        Files.writeString(model.resolve("refs/main"), "abc123\n");
    }

    @Test
    void of_environment_looksWhereTheHubDoes() {
        assertThat(HubCache.of(Map.of(), HOME).root()).isEqualTo(Path.of("/home/ada/.cache/huggingface/hub"));
        assertThat(HubCache.of(Map.of("XDG_CACHE_HOME", "/x"), HOME).root()).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(HubCache.of(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "~/hf"), HOME)
                        .root())
                .isEqualTo(Path.of("/home/ada/hf/hub"));
        assertThat(HubCache.of(Map.of("HF_HOME", "/h", "HUGGINGFACE_HUB_CACHE", "/old"), HOME)
                        .root())
                .isEqualTo(Path.of("/old"));
        assertThat(HubCache.of(Map.of("HF_HUB_CACHE", "/new", "HUGGINGFACE_HUB_CACHE", "/old"), HOME)
                        .root())
                .isEqualTo(Path.of("/new"));
        assertThat(HubCache.of(Map.of("HF_HUB_CACHE", " ", "HF_HOME", "~"), HOME)
                        .root())
                .isEqualTo(Path.of("/home/ada/hub"));
    }

    @Test
    void find_nameOrRevisionOrCommit_returnsTheSnapshot() throws IOException {
        Files.createDirectories(model.resolve("refs/refs/pr"));
        Files.writeString(model.resolve("refs/refs/pr/1"), "abc123");

        Path snapshot = model.resolve("snapshots/abc123");
        assertThat(cache.find("org/name")).isEqualTo(snapshot);
        assertThat(cache.find("org/name@main")).isEqualTo(snapshot);
        assertThat(cache.find("org/name@refs/pr/1")).isEqualTo(snapshot);
        assertThat(cache.find("org/name@abc123")).isEqualTo(snapshot);
    }

    @Test
    void find_notThere_saysWhereItLooked() {
        assertThatThrownBy(() -> cache.find("org/other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: org/other is neither a folder here nor in the Hugging Face cache " + root
                        + " (HF_HUB_CACHE and HF_HOME move it); nothing is downloaded unasked: fetch it with"
                        + " 'bottleneck4j pull org/other', or give the path of a diffusers folder");
    }

    @Test
    void find_withoutRefs_takesTheOnlySnapshotAndNoneOfSeveral() throws IOException {
        Files.delete(model.resolve("refs/main"));
        assertThat(cache.find("org/name")).isEqualTo(model.resolve("snapshots/abc123"));
        Files.createDirectories(model.resolve("snapshots/def456"));
        assertThatThrownBy(() -> cache.find("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "model: org/name: the Hugging Face cache has snapshots abc123, def456 and does not say which"
                                + " is main; name one, as org/name@abc123");
    }

    @Test
    void find_noSnapshot_saysSo() {
        assertThatThrownBy(() -> cache.find("org/name@v2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: org/name@v2: the Hugging Face cache has no snapshot of revision v2 at "
                        + model.resolve("snapshots/v2") + "; fetch it again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"org/name@..", "org/name@../../x", "org/name@.", "org/name@../refs"})
    void find_revisionOutsideSnapshots_isRefused(String name) {
        assertThatThrownBy(() -> cache.find(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no snapshot of revision");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "/etc", "../../..", ""})
    void find_refLeadingOutside_isRefused(String commit) throws IOException {
        Files.writeString(model.resolve("refs/main"), commit);

        assertThatThrownBy(() -> cache.find("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no snapshot of revision main");
    }

    @Test
    void find_brokenLinks_namesOne() throws IOException {
        Path vae = model.resolve("snapshots/abc123/vae");
        Files.createSymbolicLink(vae.resolve("config.json"), Path.of("../../../blobs/1"));
        Files.createSymbolicLink(vae.resolve("model.safetensors"), Path.of("../../../blobs/2"));

        assertThatThrownBy(() -> cache.find("org/name"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: org/name: the Hugging Face cache holds it in part: 2 files of "
                        + model.resolve("snapshots/abc123") + " lead nowhere, such as vae/config.json; fetch it again");
    }

    @Test
    void find_linksToBlobs_areWhole() throws IOException {
        Files.createDirectories(model.resolve("blobs"));
        Files.createFile(model.resolve("blobs/1"));
        Files.createSymbolicLink(model.resolve("snapshots/abc123/vae/config.json"), Path.of("../../../blobs/1"));

        assertThat(cache.find("org/name")).isEqualTo(model.resolve("snapshots/abc123"));
    }

    @Test
    void isModelName_onlyOrgAndName_isTrue() {
        assertThat(HubCache.isModelName("black-forest-labs/FLUX.1-dev")).isTrue();
        assertThat(HubCache.isModelName("a/b@refs/pr/1")).isTrue();
        assertThat(HubCache.isModelName("./b")).isFalse();
        assertThat(HubCache.isModelName("a/b/c")).isFalse();
        assertThat(HubCache.isModelName("/a/b")).isFalse();
        assertThat(HubCache.isModelName("a")).isFalse();
    }

    @Test
    void find_notAName_saysWhatIsWanted() {
        assertThatThrownBy(() -> cache.find("a/b/c"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("model: must be org/name or org/name@revision, not 'a/b/c'");
    }

    @Test
    void find_inRelativeOrUnnormalisedCache_works() {
        Path relative = Path.of("").toAbsolutePath().relativize(root);
        assertThat(new HubCache(relative).find("org/name")).isDirectory();
        assertThat(new HubCache(Path.of(".").resolve(relative)).find("org/name"))
                .isDirectory();
        assertThat(new HubCache(root.resolve("models--org--name/..")).find("org/name"))
                .isDirectory();
    }

    @Test
    void of_eachVariable_isTakenInTurn() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "HF_HUB_CACHE", "/a",
                "HUGGINGFACE_HUB_CACHE", "/b",
                "HF_HOME", "/c",
                "XDG_CACHE_HOME", "~/d"));
        Path home = Path.of("/home/u");
        assertThat(HubCache.of(environment, home).root()).isEqualTo(Path.of("/a"));
        environment.put("HF_HUB_CACHE", " ");
        assertThat(HubCache.of(environment, home).root()).isEqualTo(Path.of("/b"));
        environment.remove("HUGGINGFACE_HUB_CACHE");
        assertThat(HubCache.of(environment, home).root()).isEqualTo(Path.of("/c/hub"));
        environment.remove("HF_HOME");
        assertThat(HubCache.of(environment, home).root()).isEqualTo(Path.of("/home/u/d/huggingface/hub"));
        environment.remove("XDG_CACHE_HOME");
        assertThat(HubCache.of(environment, home).root()).isEqualTo(Path.of("/home/u/.cache/huggingface/hub"));
    }
}
