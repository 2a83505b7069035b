package io.bottleneck4j.springai.autoconfigure;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.ModelFiles;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.springai.BottleneckImageModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.micrometer.observation.ObservationRegistry;
import java.nio.file.Path;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.observation.ImageModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * The image model of {@code spring.ai.bottleneck4j.image}, unless {@code spring.ai.model.image} names another provider.
 *
 * <p>The model's configuration is read as the application starts, so that a wrong folder, plan or LoRA fails then. The pipeline is opened
 * by the first call, reads weights when it needs them, and is closed with the application. A {@link Pipeline} or {@link Model} bean of
 * one's own takes the place of what is made here; the properties of what it replaces then do nothing.
 */
@AutoConfiguration
@ConditionalOnClass({ImageModel.class, Pipeline.class})
@ConditionalOnProperty(
        name = SpringAIModelProperties.IMAGE_MODEL,
        havingValue = BottleneckImageModel.PROVIDER,
        matchIfMissing = true)
@EnableConfigurationProperties(BottleneckImageProperties.class)
public class BottleneckImageAutoConfiguration {
    /** The model of the properties; its weights are not read. */
    @Bean
    @ConditionalOnMissingBean({Model.class, Pipeline.class})
    Model bottleneckModel(BottleneckImageProperties properties) {
        String name = properties.model();
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException(BottleneckImageProperties.PREFIX + ".model: must be given, and is not;"
                    + " name a folder of a model that makes pictures, make a bean of Model or Pipeline, or name another provider by "
                    + SpringAIModelProperties.IMAGE_MODEL);
        }
        Model model = PictureBytes.requirePictures(Model.open(ModelFiles.of(Path.of(name))));
        for (BottleneckImageProperties.Lora lora : properties.lora()) {
            model = model.withLora(Path.of(lora.file()), lora.scale());
        }
        properties.toOptions().settings().requirePlan(model);
        return model;
    }

    /** What runs, opened by the first call. */
    @Bean(destroyMethod = "close")
    @Lazy
    @ConditionalOnMissingBean
    Pipeline bottleneckPipeline(Model model, BottleneckImageProperties properties) {
        Execution execution = execution(model, properties).quantized(model, properties.quantization());
        return properties.residency() == null
                ? model.pipeline(execution)
                : model.pipeline(execution, properties.residency());
    }

    private static Execution execution(Model model, BottleneckImageProperties properties) {
        Device best = Execution.bestDevice();
        Device device = properties.device() == null ? best : Device.parse(properties.device());
        if (properties.dtype() != null) {
            return new Execution(device, properties.dtype());
        }
        if (device.equals(best)) {
            return Execution.best(model);
        }
        return new Execution(device, device.isCpu() ? DType.FLOAT32 : DType.BFLOAT16);
    }

    /** Spring AI's image model. */
    @Bean
    @ConditionalOnMissingBean
    BottleneckImageModel bottleneckImageModel(
            ObjectProvider<Pipeline> pipeline,
            BottleneckImageProperties properties,
            ObjectProvider<ObservationRegistry> registry,
            ObjectProvider<ImageModelObservationConvention> convention,
            ObjectProvider<JobListener> listeners) {
        BottleneckImageModel.Builder builder = BottleneckImageModel.builder()
                .pipeline(pipeline::getObject)
                .options(properties.toOptions())
                .observationRegistry(registry.getIfUnique(() -> ObservationRegistry.NOOP));
        convention.ifAvailable(builder::observationConvention);
        listeners.orderedStream().forEach(builder::listener);
        return builder.build();
    }
}
