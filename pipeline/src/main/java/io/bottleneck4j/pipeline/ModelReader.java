package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.pipeline.plan.ModelDefaults;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Reads a family's {@link PlannedModel} from what there is: a folder, a transformer's configuration, or nothing. */
abstract class ModelReader {
    private final ModelFamily family;
    private final String vaeClass;

    private ModelReader(ModelFamily family, String vaeClass) {
        this.family = family;
        this.vaeClass = vaeClass;
    }

    static ModelReader of(ModelFamily family) {
        return switch (family) {
            case FLUX -> new Flux();
            case HUNYUAN_VIDEO -> new HunyuanVideo();
        };
    }

    /** What the transformer says. */
    abstract TransformerConfig transformer(Config config);

    /** Its planner; {@code own} and {@code shift} are passed on. */
    abstract Planner planner(TransformerConfig transformer, Config vae, ModelDefaults own, Shift shift);

    /** Text tokens of a folder's model. */
    abstract int textTokens(ModelFolder folder);

    /** Text tokens of the published model. */
    abstract int textTokens();

    PlannedModel folder(String name, ModelFolder folder) {
        Config vae = folder.component("vae", vaeClass).config();
        Config scheduler =
                folder.component("scheduler", "FlowMatchEulerDiscreteScheduler").config("scheduler_config.json");
        TransformerConfig transformer = configured(
                folder.component("transformer", family.transformerClass()).config(), this::transformer);
        ModelDefaults own = ModelDefaults.read(folder);
        Shift shift = SchedulerConfig.shift(scheduler);
        Planner planner = configured(vae, config -> planner(transformer, config, own, shift));
        return new PlannedModel(name, transformer, textTokens(folder), planner, List.of());
    }

    PlannedModel transformer(String name, Config config) {
        String note = config.file() + " is a transformer's; autoencoder, scheduler and " + textTokens()
                + " text tokens are taken to be those of " + family.published();
        return configured(config, it -> likePublished(name, transformer(it), List.of(note)));
    }

    PlannedModel published() {
        return likePublished(family.toString(), transformer(resource("transformer")), List.of());
    }

    /** Its baseline is the paper's, since there is no pipeline that could say otherwise. */
    private PlannedModel likePublished(String name, TransformerConfig transformer, List<String> notes) {
        ModelDefaults defaults = family.defaults();
        PlanSpec baseline = Objects.requireNonNull(defaults.plans().get(Planner.PAPER_BASELINE))
                .withName(Planner.BASELINE);
        Shift shift = SchedulerConfig.shift(resource("scheduler"));
        Planner planner = planner(transformer, resource("vae"), ModelDefaults.NONE.with(baseline), shift);
        return new PlannedModel(name, transformer, textTokens(), planner, notes);
    }

    private Config resource(String part) {
        String name = "published/" + family + "/" + part + ".json";
        return Config.parse(name, Resources.text(name));
    }

    /** Complaints of configuration records gain the file they are about. */
    private static <T> T configured(Config config, Function<Config, T> read) {
        try {
            return read.apply(config);
        } catch (IllegalArgumentException e) {
            throw new FolderException(config.file() + ": " + e.getMessage(), e);
        }
    }

    private static void requireChannels(int transformer, int vae) {
        if (transformer != vae) {
            throw new IllegalArgumentException("latent_channels: is " + vae + ", but the transformer takes "
                    + transformer + "; check that both come from the same model");
        }
    }

    private static final class Flux extends ModelReader {
        Flux() {
            super(ModelFamily.FLUX, "AutoencoderKL");
        }

        @Override
        TransformerConfig transformer(Config config) {
            return new TransformerConfig.Flux(FluxConfigs.read(config));
        }

        @Override
        Planner planner(TransformerConfig transformer, Config config, ModelDefaults own, Shift shift) {
            FluxConfig flux = ((TransformerConfig.Flux) transformer).config();
            AutoencoderKlConfig vae = AutoencoderKlConfigs.read(config);
            requireChannels(flux.latentChannels(), vae.latentChannels());
            return FluxPipeline.planner(own, flux, vae, shift);
        }

        @Override
        int textTokens(ModelFolder folder) {
            Path tokenizer = folder.path().resolve("tokenizer_2");
            return TokenizerLimits.textTokens(new ComponentFolder("tokenizer_2", "", tokenizer));
        }

        @Override
        int textTokens() {
            return ImageRequest.MAX_SEQUENCE_LENGTH;
        }
    }

    private static final class HunyuanVideo extends ModelReader {
        HunyuanVideo() {
            super(ModelFamily.HUNYUAN_VIDEO, "AutoencoderKLHunyuanVideo");
        }

        @Override
        TransformerConfig transformer(Config config) {
            return new TransformerConfig.HunyuanVideo(HunyuanVideoConfigs.read(config));
        }

        @Override
        Planner planner(TransformerConfig transformer, Config config, ModelDefaults own, Shift shift) {
            HunyuanVideoConfig video = ((TransformerConfig.HunyuanVideo) transformer).config();
            AutoencoderKlHunyuanVideoConfig vae = AutoencoderKlHunyuanVideoConfigs.read(config);
            requireChannels(video.inChannels(), vae.latentChannels());
            return HunyuanVideoPipeline.planner(own, video, vae, shift);
        }

        @Override
        int textTokens(ModelFolder folder) {
            return textTokens();
        }

        @Override
        int textTokens() {
            return HunyuanVideoPipeline.TEXT_TOKENS;
        }
    }
}
