package io.bottleneck4j.cli.options;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A file of prompts, one a line. */
public final class PromptFile {
    private PromptFile() {}

    /**
     * The prompts; empty lines are none. Refuses a file that cannot be read, is not UTF-8, or holds none, naming the
     * option.
     */
    public static List<String> read(String option, Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(option + ": " + file + " is not UTF-8 text; save it as UTF-8", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    option + ": " + file + (Files.exists(file) ? " cannot be read" : " does not exist"), e);
        }
        String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
        List<String> prompts = unmarked.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException(option + ": " + file + " holds no prompt; write one a line");
        }
        return prompts;
    }
}
