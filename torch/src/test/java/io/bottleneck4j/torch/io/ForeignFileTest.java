package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people find in place of a download is named, with what to do. */
class ForeignFileTest {
    private static final String POINTER = """
            version https://git-lfs.github.com/spec/v1
            oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
            size 23782506688
            """;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void setUp() {
        file = folder.resolve("diffusion_pytorch_model.safetensors");
    }

    static Stream<Arguments> contents() {
        String zip = "PK\u0003\u0004\u0014\u0000\b\b\u0000\u0000\u0000\u0000archive/data.pkl";
        String pickle = "\u0080\u0002}q\u0000(X\u0004\u0000\u0000\u0000test";
        return Stream.of(
                text(
                        POINTER,
                        "is a Git LFS pointer, which stands for the file of 23782506688 bytes and is not it;"
                                + " run 'git lfs install' and 'git lfs pull'"),
                text(
                        "<!DOCTYPE html>\n<html lang=\"en\"><body>Sign in</body></html>",
                        "is a web page and not the file:"),
                text("\n  <html><head>", "is a web page and not the file:"),
                text("", "is empty: nothing was downloaded"),
                text(zip, "is a zip archive, as torch.save writes (.bin, .pt, .ckpt), and not safetensors; convert it"),
                text(
                        pickle,
                        "is a Python pickle, as old versions of torch.save write, and not safetensors; convert it"),
                text(
                        "GGUF\u0003\u0000\u0000\u0000\u00b5\u0000\u0000\u0000",
                        "is a GGUF file and not safetensors; end its name in .gguf"),
                text("\u0089HDF\r\n\u001a\n", "is an HDF5 file"),
                text(
                        "\u001f\u008b\b\u0000\u0000\u0000",
                        "is a compressed archive and not safetensors; unpack it first"),
                text(
                        "Access to model black-forest-labs/FLUX.1-dev is restricted. You must be authenticated.",
                        "is text and no weights; it begins 'Access to model black-forest-labs/FLUX.1-dev is restricted. ...'"),
                text("{\"error\": \"Repository not found\"}", "is text and no weights; it begins '{\"error\":"));
    }

    private static Arguments text(String bytes, String message) {
        return Arguments.of(bytes, message);
    }

    @ParameterizedTest
    @MethodSource("contents")
    void open_inPlaceOfADownload_saysWhatItIs(String bytes, String message) throws IOException {
        Files.write(file, bytes.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + ": " + message)
                .hasMessageMatching("(?s).{1,600}");
    }

    @Test
    void open_damagedSafetensors_staysDamagedSafetensors() throws IOException {
        byte[] bytes = new byte[200];
        bytes[0] = 100;
        bytes[8] = '{';
        Files.write(file, bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("header must end with '}'");
    }

    @Test
    void fromIndex_pointer_saysWhatItIs() throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, POINTER);
        assertThatThrownBy(() -> ShardedSafetensors.fromIndex(index))
                .hasMessageStartingWith(index + ": is a Git LFS pointer");
    }
}
