package io.bottleneck4j.eval.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Files of prompts for tests, a few lines of each benchmark's own format. */
final class Prompts {
    static final String GENEVAL = """
            {"tag": "single_object", "include": [{"class": "bench", "count": 1}], "prompt": "a photo of a bench"}
            {"tag": "counting", "include": [{"class": "fox", "count": 2}], "prompt": "a photo of two foxes"}
            """;
    static final String COLOR = "a green bench and a blue bowl\r\na red car\tred car";
    static final String SHAPE = "an oval mirror\n";

    private Prompts() {}

    /** Files of names and texts in turn. */
    static PromptFiles of(Path folder, String... namesAndTexts) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            files.add(Files.write(
                    folder.resolve(namesAndTexts[i]), namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8)));
        }
        return PromptFiles.read(files);
    }
}
