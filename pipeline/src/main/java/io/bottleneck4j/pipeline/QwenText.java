package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.ComponentFiles;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.GgufQwen;
import io.bottleneck4j.models.text.Qwen3Config;
import io.bottleneck4j.models.text.Qwen3Model;
import io.bottleneck4j.models.text.TextDecoder;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.torch.Scope;
import java.nio.file.Path;
import java.util.List;

/**
 * A Qwen, which reads the prompt as the message of a user, loaded. Several families have one, each with states of its own.
 *
 * @param name of the model, for messages
 * @param readsPadding whether the transformer sees the states of padding too; else those of the tokens there are
 */
record QwenText(String name, ChatTokenizer tokenizer, TextDecoder qwen, boolean readsPadding)
        implements Model.TextEncoders {
    /**
     * The {@code text_encoder} of a folder, a Qwen3.
     *
     * @param states which of its {@code hidden_states} are taken
     */
    static Component<Qwen3Config, Qwen3Model> component(ComponentFiles own, List<Integer> states) {
        return Component.read(
                own, Qwen3Config::from, Qwen3Model::checkpoint, (config, w) -> new Qwen3Model(config, states, w));
    }

    /**
     * The {@code tokenizer} of a folder.
     *
     * @param template refuses those whose chat template it does not know
     */
    static ComponentFolder tokenizer(ModelFolder folder, Tokenizers.Reader<Path> template) {
        ComponentFolder own = folder.componentFolder("tokenizer", "Qwen2Tokenizer", "Qwen2TokenizerFast");
        Tokenizers.read(own.path(), template);
        return own;
    }

    /** That of a Qwen3. */
    static ComponentFolder tokenizer(ModelFolder folder) {
        return tokenizer(folder, ChatTokenizer::requireQwen3);
    }

    /** How single files hold it; {@code className} is its class in folders of the family. */
    static FileLayout layout(String className) {
        return FileLayout.text(
                "text_encoder",
                className,
                "qwen3_4b",
                names -> GgufQwen.isQwen3In(names) || Qwen3Model.isIn(names),
                FileLayout.where(GgufQwen::isQwen3In, GgufQwen::renamed),
                Qwen3Model::configuration);
    }

    static QwenText load(
            Component<Qwen3Config, Qwen3Model> qwen,
            ComponentFolder tokenizer,
            ChatTokenizer.Thinking thinking,
            boolean readsPadding,
            Execution e,
            Residency residency,
            Opened opened) {
        ChatTokenizer read = opened.add(
                Tokenizers.read(tokenizer.path(), folder -> ChatTokenizer.qwen3(folder, thinking)),
                ChatTokenizer::close);
        Qwen3Model model = qwen.load(e.dtype(), e.device(), e.quantization().ofWeights(), residency, opened);
        return new QwenText("Qwen3", read, model, readsPadding);
    }

    @Override
    public PromptEmbeds encode(String prompt, Request request) {
        int crop = tokenizer.cropStart();
        TokenizedPrompt all = tokenizer.encode(prompt, crop + request.maxSequenceLength());
        TokenizedPrompt read = readsPadding ? all : all.unpadded();
        int length = readsPadding ? request.maxSequenceLength() : read.tokens() - crop;
        try (Scope scope = Scope.open()) {
            return new PromptEmbeds(
                    qwen.forward(read.ids(), read.tokens()).from(1, crop).toFloats(),
                    length,
                    length,
                    new float[0],
                    PromptEmbeds.Truncation.of(name, read, crop));
        }
    }
}
