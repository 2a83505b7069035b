package io.bottleneck4j.models.hunyuan15;

import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.PromptTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;

/** The instructions that Qwen2.5-VL reads before a prompt. Source: diffusers pipeline_hunyuan_video1_5.py@0.42.1. */
public final class HunyuanVideo15Prompt {
    /** Tokens before the prompt, whose states are cut off. Source: prompt_template_encode_start_idx. */
    public static final int CROP_START = 108;

    private static final String MODEL = "Qwen2.5-VL";
    private static final String ORIGINAL = "Qwen/Qwen2.5-VL-7B-Instruct";

    /** SHA-256 of chat templates that put system and user one after the other: of Qwen2.5-VL, and of Qwen2.5. */
    private static final Set<String> TEMPLATES = Set.of(
            "a0bc6f6fc7a29a80017a433e8f03a1cc1236e838a944a2d034295a60c4f2fddb",
            "cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f");

    /** Between the points of the instructions, as the source's lines are indented. */
    private static final String GAP = " ".repeat(9);

    private static final PromptTemplate TEMPLATE = new PromptTemplate(
            "<|im_start|>system\n"
                    + String.join(
                            GAP,
                            "You are a helpful assistant. Describe the video by detailing the following aspects:",
                            "1. The main content and theme of the video.",
                            "2. The color, shape, size, texture, quantity, text, and spatial relationships of the objects.",
                            "3. Actions, events, behaviors temporal relationships, physical movement changes of the objects.",
                            "4. background environment, light, style and atmosphere.",
                            "5. camera angles, movements, and transitions used in the video.")
                    + "<|im_end|>\n<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
            OptionalInt.of(CROP_START));

    private HunyuanVideo15Prompt() {}

    /**
     * Reads a tokenizer's folder with the chat template of Qwen2.5-VL.
     *
     * @throws IllegalArgumentException if a file is missing or malformed, naming it, or the template is another
     * @throws IOException if a file cannot be read
     */
    public static ChatTokenizer tokenizer(Path folder) throws IOException {
        return ChatTokenizer.of(folder, MODEL, ORIGINAL, TEMPLATES, TEMPLATE);
    }

    /** Refuses a tokenizer's folder with another chat template, as {@link #tokenizer} does; returns the folder. */
    public static Path requireTemplate(Path folder) throws IOException {
        return ChatTokenizer.requireKnown(folder, MODEL, ORIGINAL, TEMPLATES);
    }
}
