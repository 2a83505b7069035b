package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.folder.ComponentFolder;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A loaded ImageReward model with its tokenizer, in float32; for one thread. Its folder holds {@code config.json}, {@code model.safetensors}
 * and BERT's {@code vocab.txt}, as {@code tools/convert_metric.py} makes them of the published ImageReward.pt.
 */
public final class ImageRewardEncoder implements AutoCloseable {
    /** What BLIP adds to BERT's vocabulary. */
    private static final List<String> TOKENS = List.of("[DEC]", "[ENC]");

    private final ImageRewardConfig config;
    private final PictureProcessor processor;
    private final Tokenizer tokenizer;
    private final Weights.Loaded<ImageRewardModel> model;
    private final Device device;

    private ImageRewardEncoder(
            ImageRewardConfig config, Tokenizer tokenizer, Weights.Loaded<ImageRewardModel> model, Device device) {
        this.config = config;
        this.processor = processor(config);
        this.tokenizer = tokenizer;
        this.model = model;
        this.device = device;
    }

    /**
     * Loads the model of a folder.
     *
     * @throws IllegalArgumentException if there is no such folder
     * @throws io.bottleneck4j.models.folder.FolderException if it is of another model, or a tokenizer file is missing or malformed
     * @throws io.bottleneck4j.torch.io.WeightsException if the weights do not fit the configuration
     */
    public static ImageRewardEncoder open(Path path, Device device) {
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("metric-model: " + path
                    + " is not a folder; give the one that tools/convert_metric.py has made of ImageReward.pt");
        }
        ComponentFolder folder = new ComponentFolder("image-reward", "ImageReward", path);
        ImageRewardConfig config = ImageRewardConfig.of(folder.config());
        Tokenizer tokenizer = Tokenizers.read(path, files -> Tokenizers.bert(files, TOKENS));
        try {
            TensorSource source = ShardedSafetensors.open(folder.weightFiles());
            Weights.Loaded<ImageRewardModel> model =
                    Weights.load("image-reward", source, DType.FLOAT32, device, w -> new ImageRewardModel(config, w));
            return new ImageRewardEncoder(config, tokenizer, model, device);
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    static PictureProcessor processor(ImageRewardConfig config) {
        int size = config.vision().imageSize();
        return new PictureProcessor(
                size,
                size,
                PictureProcessor.Cropping.TORCHVISION,
                PictureProcessor.CLIP_MEAN,
                PictureProcessor.CLIP_STD);
    }

    /**
     * Rewards of pictures for their prompts. Pictures are encoded as one batch; a prompt is cut to the model's length (35 tokens) before the
     * token that ends it.
     *
     * @throws IllegalArgumentException if there are not as many prompts as pictures
     */
    public List<Double> rewards(List<Picture> pictures, List<String> prompts) {
        if (pictures.size() != prompts.size()) {
            throw new IllegalArgumentException(
                    "prompts: must be one for each of " + pictures.size() + " pictures, not " + prompts.size());
        }
        try (Scope scope = Scope.open()) {
            Tensor states = model.model().pictures(processor.apply(pictures).to(device));
            List<Double> rewards = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                rewards.add(model.model().reward(ids(prompts.get(i)), states.narrow(0, i, 1)));
            }
            return rewards;
        }
    }

    /** Without padding, which nothing attends to. */
    long[] ids(String prompt) {
        TokenizedPrompt tokens = tokenizer.encode(prompt, config.maxLength());
        return Arrays.copyOf(tokens.ids(), tokens.tokens());
    }

    @Override
    public void close() {
        model.close();
        tokenizer.close();
    }
}
