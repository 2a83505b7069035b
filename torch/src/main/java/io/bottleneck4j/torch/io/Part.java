package io.bottleneck4j.torch.io;

import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * A part of a model, such as a block, that is there while it is used. Most stay with their model; where weights are streamed
 * ({@link Weights#stream}) a part is read for each use and freed after it.
 *
 * @param <M> the part
 */
@API(status = API.Status.INTERNAL)
public interface Part<M> {
    /** What the body makes of the part. It must not keep the part, nor a view of its weights. */
    <R> R use(Function<M, R> body);

    /** One that stays. */
    static <M> Part<M> kept(M part) {
        return new Part<>() {
            @Override
            public <R> R use(Function<M, R> body) {
                return body.apply(part);
            }
        };
    }
}
