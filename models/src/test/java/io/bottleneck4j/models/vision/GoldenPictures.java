package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/** Pictures among golden tensors: uint8 [H, W, 3]. */
public final class GoldenPictures {
    private GoldenPictures() {}

    public static Picture picture(Golden golden, String key) {
        try (Scope scope = Scope.open()) {
            Tensor tensor = golden.tensor(key);
            byte[] rgb = new byte[(int) tensor.numel()];
            tensor.bytes().get(rgb);
            return new Picture((int) tensor.size(1), (int) tensor.size(0), rgb);
        }
    }

    /** The pictures under 0.picture, 1.picture, … */
    static List<Picture> all(Golden golden) {
        return IntStream.range(0, golden.json().get("pictures").asInt())
                .mapToObj(i -> picture(golden, i + ".picture"))
                .toList();
    }
}
