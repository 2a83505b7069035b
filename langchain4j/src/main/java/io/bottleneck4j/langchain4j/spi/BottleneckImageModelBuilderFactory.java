package io.bottleneck4j.langchain4j.spi;

import io.bottleneck4j.langchain4j.BottleneckImageModel;
import java.util.function.Supplier;

/** Makes the builders of {@link BottleneckImageModel#builder}; found by {@link java.util.ServiceLoader}. The first that is found is asked. */
public interface BottleneckImageModelBuilderFactory
        extends Supplier<BottleneckImageModel.BottleneckImageModelBuilder> {}
