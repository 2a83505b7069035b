package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Prompts as the message of a user to a model that was trained to answer: the token ids of its chat template, filled in. Safe for use by
 * several threads.
 *
 * <p>A chat template is a program. It is not run here, but known by its text, and any other is refused: what it makes of a prompt would
 * otherwise be guessed.
 */
public final class ChatTokenizer implements AutoCloseable {
    private static final String TEMPLATE_FILE = "chat_template.jinja";
    private static final String TEMPLATE_KEY = "chat_template";

    /** SHA-256 of Qwen3's templates, without the line end that the template language drops. */
    private static final Set<String> QWEN3 = Set.of(
            "87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5", // of April 2025
            "a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8", // which takes contents that are no text
            "a73b9898ddf250d713c0cd441273110a1b7d2bff02828377a1e0576de7206357"); // what of these a user's message takes

    /** Whether a model may think before it answers; {@code enable_thinking} of its chat template. */
    public enum Thinking {
        ON(""),
        OFF("<think>\n\n</think>\n\n");

        /** What the answer is made to begin with. */
        private final String begun;

        Thinking(String begun) {
            this.begun = begun;
        }
    }

    private final Tokenizer tokenizer;
    private final PromptTemplate template;

    private ChatTokenizer(Tokenizer tokenizer, PromptTemplate template) {
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /**
     * Reads a tokenizer's folder with the chat template of Qwen3: one user's message, and the begin of an answer. Source: diffusers
     * pipeline_z_image.py@0.42.1, {@code _encode_prompt}, which has thinking on, and pipeline_flux2_klein.py@0.42.1,
     * {@code _get_qwen3_prompt_embeds}, which has it off.
     *
     * @throws IllegalArgumentException if a file is missing or malformed, naming it, or the template is another
     * @throws IOException if a file cannot be read
     */
    public static ChatTokenizer qwen3(Path folder, Thinking thinking) throws IOException {
        PromptTemplate template = new PromptTemplate(
                "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n" + thinking.begun, OptionalInt.empty());
        return of(folder, "Qwen3", "Qwen/Qwen3-4B", QWEN3, template);
    }

    /**
     * Reads a tokenizer's folder whose chat template is one of those known.
     *
     * @param model whose they are, for messages
     * @param original where one of them can be had, for messages
     * @param known SHA-256 of the templates, without the line end that the template language drops
     * @param template what they make of a prompt
     * @throws IllegalArgumentException if a file is missing or malformed, naming it, or the template is another
     * @throws IOException if a file cannot be read
     */
    public static ChatTokenizer of(
            Path folder, String model, String original, Set<String> known, PromptTemplate template) throws IOException {
        requireKnown(folder, model, original, known);
        return new ChatTokenizer(Tokenizers.qwen2(folder), template);
    }

    /**
     * Reads a tokenizer's folder with the template of Qwen-Image, which no file holds: instructions, one user's message, and the begin of
     * an answer. Source: diffusers pipeline_qwenimage.py@0.42.1, {@code _get_qwen_prompt_embeds}.
     *
     * @throws IllegalArgumentException if a file is missing or malformed, naming it
     * @throws IOException if a file cannot be read
     */
    public static ChatTokenizer qwenImage(Path folder) throws IOException {
        return new ChatTokenizer(Tokenizers.qwen2(folder), PromptTemplate.QWEN_IMAGE);
    }

    /** Refuses a tokenizer's folder whose chat template is not Qwen3's, as {@link #qwen3} does; returns the folder. */
    public static Path requireQwen3(Path folder) throws IOException {
        return requireKnown(folder, "Qwen3", "Qwen/Qwen3-4B", QWEN3);
    }

    /** Refuses a tokenizer's folder whose chat template is not one of those known, as {@link #of} does; returns the folder. */
    public static Path requireKnown(Path folder, String model, String original, Set<String> known) throws IOException {
        TokenizerFiles files = new TokenizerFiles(folder);
        boolean own = files.has(TEMPLATE_FILE); // which wins, in Python
        String file = own ? TEMPLATE_FILE : TokenizerFiles.SETTINGS;
        String text = own ? files.text(TEMPLATE_FILE) : named(files.settings().path(TEMPLATE_KEY));
        if (text.isEmpty()) {
            throw files.wrong(file, "must hold a " + TEMPLATE_KEY + ", where no " + TEMPLATE_FILE + " lies beside it");
        }
        String hash = sha256(text.replace("\r\n", "\n").replaceFirst("\n\\z", ""));
        if (!known.contains(hash)) {
            throw new IllegalArgumentException(files.folder().resolve(file) + ": the chat template must be " + model
                    + "'s, the only one that is known here, not that of SHA-256 " + hash
                    + "; if the model was trained with " + model + "'s, put the chat template of " + original
                    + " in its place");
        }
        return folder;
    }

    /** The template of the settings: a text, or that named default of a list; empty if there is none. */
    private static String named(JsonNode setting) {
        if (!setting.isArray()) {
            return setting.asText("");
        }
        return setting.valueStream()
                .filter(each -> each.path("name").asText().equals("default"))
                .map(each -> each.path("template").asText(""))
                .findFirst()
                .orElse("");
    }

    private static String sha256(String text) {
        try {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: every Java has it", e);
        }
    }

    /**
     * Encodes a prompt in its template, padded to a length; what does not fit is cut off at the end, the begin of the answer first.
     *
     * @param maxLength tokens, at least 1
     * @throws IllegalArgumentException if the length is below that, or the prompt holds half a surrogate pair
     */
    public TokenizedPrompt encode(String prompt, int maxLength) {
        return tokenizer.encode(template.around(prompt), maxLength);
    }

    /** How many of the first tokens are instructions, whose states nobody is to see. */
    public int cropStart() {
        return template.cropStart().orElse(0);
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
