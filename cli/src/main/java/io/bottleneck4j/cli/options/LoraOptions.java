package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.LoraWord;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model runs, what LoRAs are added to it, and where. */
public final class LoraOptions extends RunOptions {
    private static final String NONE = "none";

    @Option(names = "--lora", paramLabel = "F[:S]")
    private List<String> loras = List.of();

    @Option(names = "--lora-partial")
    private boolean partial;

    /**
     * The model, with the LoRAs of the options, else with those that a file states.
     *
     * @throws IllegalArgumentException if there is no such model, or a LoRA cannot be added to it
     * @throws io.bottleneck4j.torch.io.WeightsException if a file is no LoRA, does not fit the model, or is another than the one stated
     * @throws IOException if a bundled model cannot be unpacked
     */
    public Model open(@Nullable Settings stored, Surroundings surroundings) throws IOException {
        Model model = ModelChoice.find(modelName(stored), surroundings);
        if (loras.isEmpty()) {
            if (partial) {
                throw new IllegalArgumentException("lora-partial: has no effect without --lora; leave it out");
            }
            for (Settings.Lora lora :
                    stored == null ? List.<Settings.Lora>of() : stored.origin().loras()) {
                model = model.withLora(lora);
            }
            return model;
        }
        if (loras.equals(List.of(NONE))) {
            return model;
        }
        for (String word : loras) {
            LoraWord lora = LoraWord.parse(Path.of(""), word);
            model = model.withLora(lora.file(), lora.scale(), partial);
        }
        return model;
    }
}
