package io.bottleneck4j.models.nn;

import static io.bottleneck4j.torch.Scope.scoped;

import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** A step from one activation, [B, C, H, W] or [B, C, F, H, W], to the next, which is a new tensor. */
@FunctionalInterface
public interface Layer {
    Tensor forward(Tensor x);

    /** Layers one after the other, in the present scope. Each activation, x too, is freed as soon as the next is there. */
    static <L> Tensor inTurn(Tensor x, List<L> layers, BiFunction<L, Tensor, Tensor> forward) {
        Tensor last = x;
        for (L layer : layers) {
            Tensor next = forward.apply(layer, last);
            Scope.free(last);
            last = next;
        }
        return last;
    }

    /**
     * Layers one after the other. Each activation is freed as soon as the next is there: near the picture one of them takes a
     * gigabyte. Chains inside a chain are dissolved, since an inner chain could not free what it was given.
     */
    record Chain(List<Layer> layers) implements Layer {
        public Chain {
            layers = layers.stream().flatMap(Chain::dissolved).toList();
            if (layers.isEmpty()) {
                throw new IllegalArgumentException("layers: must not be empty");
            }
        }

        public static Chain of(Layer... layers) {
            return new Chain(List.of(layers));
        }

        private static Stream<Layer> dissolved(Layer layer) {
            return layer instanceof Chain chain ? chain.layers.stream() : Stream.of(layer);
        }

        @Override
        public Tensor forward(Tensor x) {
            return scoped(() -> inTurn(layers.get(0).forward(x), layers.subList(1, layers.size()), Layer::forward));
        }
    }
}
