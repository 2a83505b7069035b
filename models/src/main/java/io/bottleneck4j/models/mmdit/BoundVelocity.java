package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.sampling.VelocityModel;

/** A transformer with its prompt, guidance and noise levels bound; holds tensors until it is closed. */
public interface BoundVelocity extends VelocityModel, AutoCloseable {
    @Override
    void close();
}
