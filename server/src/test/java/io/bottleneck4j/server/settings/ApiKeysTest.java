package io.bottleneck4j.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may ask. */
class ApiKeysTest {
    @TempDir
    Path folder;

    @Test
    void add_clients_areKnownByTheirKeysAlone() throws IOException {
        Path file = folder.resolve("keys");
        String alice = ApiKeys.add(file, "alice");
        String bob = ApiKeys.add(file, "bob");

        ApiKeys keys = ApiKeys.read(file);

        assertThat(keys.client(alice)).isEqualTo("alice");
        assertThat(keys.client(bob)).isEqualTo("bob");
        assertThat(keys.client(alice + "x")).isNull();
        assertThat(keys.client("")).isNull();
        assertThat(Files.readString(file)).doesNotContain(alice).doesNotContain(bob);
        assertThat(Files.getPosixFilePermissions(file).toString())
                .doesNotContain("OTHERS")
                .doesNotContain("GROUP");
    }

    @Test
    void add_sameNameTwice_isRefused() throws IOException {
        Path file = folder.resolve("keys");
        ApiKeys.add(file, "alice");

        assertThatThrownBy(() -> ApiKeys.add(file, "alice")).hasMessageContaining("has a client 'alice' already");
        assertThatThrownBy(() -> ApiKeys.add(file, "a b")).hasMessageContaining("letters, digits");
    }

    @Test
    void read_badFile_saysWhichLine() throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "# clients\n\nalice secret\n");

        assertThatThrownBy(() -> ApiKeys.read(file)).hasMessageContaining("line 3 must be a name and 64");
        assertThatThrownBy(() -> ApiKeys.read(Files.writeString(file, "# none\n")))
                .hasMessageContaining("holds no key");
    }

    @Test
    void of_shortKey_isRefused() {
        assertThatThrownBy(() -> ApiKeys.of("key", "secret")).hasMessageContaining("can be guessed");
    }
}
