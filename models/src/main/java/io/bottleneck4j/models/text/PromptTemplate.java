package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.io.Excerpt;
import java.util.OptionalInt;
import org.apiguardian.api.API;

/**
 * Instructions around a prompt, for encoders that were trained to follow them; what they alone become is cut off afterwards. Source:
 * diffusers pipeline_hunyuan_video.py@0.42.1, {@code _get_llama_prompt_embeds}.
 *
 * @param text with one {@code {}} where the prompt goes, and no other braces
 * @param cropStart tokens that come before the prompt; absent to count them
 */
@API(status = API.Status.STABLE)
public record PromptTemplate(String text, OptionalInt cropStart) {
    /** HunyuanVideo's, for the tokenizer of Llama 3. Source: ibid., {@code DEFAULT_PROMPT_TEMPLATE}. */
    public static final PromptTemplate HUNYUAN_VIDEO = new PromptTemplate(
            "<|start_header_id|>system<|end_header_id|>\n\nDescribe the video by detailing the following aspects: "
                    + "1. The main content and theme of the video."
                    + "2. The color, shape, size, texture, quantity, text, and spatial relationships of the objects."
                    + "3. Actions, events, behaviors temporal relationships, physical movement changes of the objects."
                    + "4. background environment, light, style and atmosphere."
                    + "5. camera angles, movements, and transitions used in the video:<|eot_id|>"
                    + "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
            OptionalInt.of(95));

    /** Qwen-Image's, for the tokenizer of Qwen. Source: pipeline_qwenimage.py@0.42.1, {@code prompt_template_encode}. */
    public static final PromptTemplate QWEN_IMAGE = new PromptTemplate(
            "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial"
                    + " relationships of the objects and background:<|im_end|>\n"
                    + "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n",
            OptionalInt.of(34));

    private static final String PLACE = "{}";

    public PromptTemplate {
        String around = text.replaceFirst("\\{}", "");
        if (!text.contains(PLACE) || around.contains("{") || around.contains("}")) {
            throw new IllegalArgumentException(
                    "prompt-template: must hold {} once, where the prompt goes, and no other braces, not "
                            + Excerpt.quoted(text));
        }
        if (cropStart.isPresent() && cropStart.getAsInt() < 0) {
            throw new IllegalArgumentException(
                    "prompt-template: crop start must be at least 0, not " + cropStart.getAsInt());
        }
    }

    /** The prompt in its instructions. */
    public String around(String prompt) {
        return text.replace(PLACE, prompt);
    }

    /**
     * How many tokens come before the prompt: as said, or else all of the template but two, which must be its {@code {}} and the token
     * that ends it.
     *
     * @throws IllegalArgumentException if the template does not end in two such tokens
     */
    @API(status = API.Status.INTERNAL)
    public int cropStart(Tokenizer tokenizer) {
        if (cropStart.isPresent()) {
            return cropStart.getAsInt();
        }
        int all = tokenizer.ids(text).length;
        int before = tokenizer.ids(text.substring(0, text.indexOf(PLACE))).length;
        if (all - before != 2) {
            throw new IllegalArgumentException(
                    "prompt-template: {} and what follows must be 2 tokens to count those before," + " not "
                            + (all - before) + "; say the crop start");
        }
        return before;
    }
}
