package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.models.text.Tokenizer;
import io.bottleneck4j.models.text.Tokenizers;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A loaded CLIPModel with its tokenizer: pictures and texts in, {@link Features} out. For one thread. */
public final class ClipEncoder implements AutoCloseable {
    private final ClipFolder folder;
    private final Function<List<Picture>, Tensor> preparation;
    private final Tokenizer tokenizer;
    private final Weights.Loaded<ClipModel> clip;

    private ClipEncoder(
            ClipFolder folder,
            Function<List<Picture>, Tensor> preparation,
            Tokenizer tokenizer,
            Weights.Loaded<ClipModel> clip) {
        this.folder = folder;
        this.preparation = preparation;
        this.tokenizer = tokenizer;
        this.clip = clip;
    }

    /**
     * Features of a text.
     *
     * @param tokens how many were read, with those that begin and end it
     * @param needed how many it has; more than {@code tokens} if its end was cut off
     */
    public record Text(Features features, int tokens, int needed) {
        /** Whether the end was cut off. */
        public boolean truncated() {
            return needed > tokens;
        }
    }

    /**
     * Loads the model.
     *
     * @throws io.bottleneck4j.models.folder.FolderException if a tokenizer file is missing or malformed
     * @throws io.bottleneck4j.torch.io.WeightsException if the weights do not fit the configuration
     */
    public static ClipEncoder open(ClipFolder folder, DType dtype, Device device) {
        return open(folder, folder.processor()::apply, dtype, device);
    }

    /** The same with pictures prepared as HPSv2's package does it: resized as floats, not bytes. */
    public static ClipEncoder openHps(ClipFolder folder, DType dtype, Device device) {
        return open(folder, folder.processor()::applyAsFloats, dtype, device);
    }

    private static ClipEncoder open(
            ClipFolder folder, Function<List<Picture>, Tensor> preparation, DType dtype, Device device) {
        Tokenizer tokenizer = Tokenizers.read(folder.folder().path(), Tokenizers::clip);
        try {
            return new ClipEncoder(
                    folder,
                    pictures -> preparation.apply(pictures).to(dtype).to(device),
                    tokenizer,
                    folder.load(dtype, device));
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    /** Width P of the features. */
    public int width() {
        return folder.config().projectionDim();
    }

    /** Features of pictures, encoded as one batch. */
    public List<Features> pictures(List<Picture> pictures) {
        try (Scope scope = Scope.open()) {
            return Features.rows(clip.model().imageFeatures(preparation.apply(pictures)));
        }
    }

    /** Features of one text, as {@link #texts}. */
    public Text text(String text) {
        return texts(List.of(text)).get(0);
    }

    /**
     * Features of texts, encoded as one batch; what does not fit is cut off before the token that ends a text.
     *
     * @param texts at least one
     */
    public List<Text> texts(List<String> texts) {
        List<TokenizedPrompt> prompts = texts.stream()
                .map(text -> tokenizer.encode(text, folder.config().text().maxPositionEmbeddings()))
                .toList();
        try (Scope scope = Scope.open()) {
            List<Features> features = Features.rows(clip.model()
                    .textFeatures(prompts.stream()
                            .map(prompt -> Arrays.copyOf(prompt.ids(), prompt.tokens()))
                            .toList()));
            List<Text> encoded = new ArrayList<>();
            for (int i = 0; i < features.size(); i++) {
                TokenizedPrompt prompt = prompts.get(i);
                encoded.add(new Text(features.get(i), prompt.tokens(), prompt.needed()));
            }
            return encoded;
        }
    }

    @Override
    public void close() {
        clip.close();
        tokenizer.close();
    }
}
