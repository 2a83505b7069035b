package io.bottleneck4j.models.vision;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The loaded Inception network of FID, in float32; for one thread. Its file is made by {@code tools/convert_metric.py} of a published
 * checkpoint.
 */
public final class InceptionEncoder implements AutoCloseable {
    private final Weights.Loaded<InceptionModel> model;
    private final Device device;

    private InceptionEncoder(Weights.Loaded<InceptionModel> model, Device device) {
        this.model = model;
        this.device = device;
    }

    /**
     * Loads the network.
     *
     * @throws io.bottleneck4j.torch.io.WeightsException if the file is damaged or another's
     */
    public static InceptionEncoder open(Path file, Device device) {
        TensorSource source = SafetensorsFile.open(file);
        Map<String, TensorInfo> infos = source.infos();
        return new InceptionEncoder(
                Weights.load("inception", source, DType.FLOAT32, device, w -> new InceptionModel(w, infos)), device);
    }

    /** Adds the features of pictures of any size, encoded as one batch. */
    public void encode(List<Picture> pictures, FeatureSet to) {
        try (Scope scope = Scope.open()) {
            to.add(model.model().forward(InceptionPictures.of(pictures).to(device)));
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
