package io.bottleneck4j.models.hunyuan15;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a prompt wants written in the video. Source: diffusers pipeline_hunyuan_video1_5.py@0.42.1, extract_glyph_texts. */
public final class QuotedTexts {
    private static final Pattern QUOTED = Pattern.compile("\"(.*?)\"|“(.*?)”", Pattern.UNIX_LINES);

    private QuotedTexts() {}

    /** The texts between quotation marks, each once, in the words that byT5 was trained with; empty where there are none. */
    public static Optional<String> of(String prompt) {
        Set<String> texts = new LinkedHashSet<>();
        Matcher found = QUOTED.matcher(prompt);
        while (found.find()) {
            String straight = found.group(1);
            texts.add(straight != null ? straight : found.group(2));
        }
        return texts.isEmpty()
                ? Optional.empty()
                : Optional.of(texts.stream()
                        .map(text -> "Text \"" + text + "\"")
                        .collect(Collectors.joining(". ", "", ". ")));
    }
}
