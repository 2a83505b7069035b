package io.bottleneck4j.models.vae;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;

/** The video autoencoders among the golden files: a, two layers a block, cells of 8 pixels; b, one layer, cells of 4, no attention. */
final class TinyVideoVae {
    private TinyVideoVae() {}

    static Weights.Loaded<AutoencoderKlHunyuanVideo> load(String shape, DType dtype) {
        return load(
                config(shape), SafetensorsFile.open(Golden.ROOT.resolve("vae/video-" + shape + ".safetensors")), dtype);
    }

    static Weights.Loaded<AutoencoderKlHunyuanVideo> load(
            AutoencoderKlHunyuanVideoConfig config, TensorSource source, DType dtype) {
        return Weights.load(
                "vae",
                Autoencoder.checkpoint(source),
                dtype,
                Device.CPU,
                w -> new AutoencoderKlHunyuanVideo(config, w));
    }

    static AutoencoderKlHunyuanVideoConfig config(String shape) {
        String file = "golden/vae/video-" + shape + ".json";
        return AutoencoderKlHunyuanVideoConfig.from(
                new Config(Path.of(file), TinyVae.json(file).get("config"), note -> {}));
    }

    /** The tiles of a golden case. */
    static VideoTiling tiling(Golden golden) {
        JsonNode tiles = golden.json().get("tiles");
        return new VideoTiling(side(tiles, "height"), side(tiles, "width"), side(tiles, "num_frames"));
    }

    private static VideoTiling.Side side(JsonNode tiles, String name) {
        return new VideoTiling.Side(
                tiles.get("tile_sample_min_" + name).asInt(),
                tiles.get("tile_sample_stride_" + name).asInt());
    }
}
