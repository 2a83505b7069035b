package io.bottleneck4j.springai.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.springai.BottleneckImageModel;
import io.bottleneck4j.springai.Tiny;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.model.image.observation.autoconfigure.ImageObservationAutoConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/** What beans there are under which properties, and what they make. */
class BottleneckImageAutoConfigurationTest {
    private static final String PREFIX = "spring.ai.bottleneck4j.image.";

    private static final ApplicationContextRunner BARE = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(BottleneckImageAutoConfiguration.class));

    private static final ApplicationContextRunner TINY = BARE.withPropertyValues(
            PREFIX + "model=" + Tiny.FOLDER,
            PREFIX + "dtype=float32",
            PREFIX + "device=cpu",
            PREFIX + "plan=baseline",
            PREFIX + "width=32",
            PREFIX + "height=64",
            PREFIX + "max-sequence-length=32",
            PREFIX + "seed=7");

    @TempDir
    private Path temp;

    private static byte[] fox(AssertableApplicationContext context) {
        return Tiny.bytes(Objects.requireNonNull(context.getBean(ImageModel.class)
                .call(new ImagePrompt("a red fox"))
                .getResult()));
    }

    @Test
    void properties_decideThePicture() {
        TINY.run(context -> {
            Pipeline pipeline = context.getBean(Pipeline.class);
            assertThat(fox(context)).isEqualTo(Tiny.file(pipeline, Tiny.request(pipeline, 7), temp.resolve("own.png")));
            assertThat(pipeline.execution()).isEqualTo(Tiny.FLOAT32);
        });
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    static class Application {}

    /** All that Boot finds on the class path, Spring AI's own configurations among it. */
    @Test
    void application_findsItByItself() {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(PREFIX + "model=" + Tiny.FOLDER, "spring.main.banner-mode=off")
                .run()) {
            assertThat(context.getBean(ImageModel.class)).isInstanceOf(BottleneckImageModel.class);
            assertThat(context.getBeanNamesForType(ImageObservationAutoConfiguration.class))
                    .hasSize(1);
        }
    }

    @Test
    void allProperties_areRead() {
        Path lora = Golden.ROOT.resolve("lora/files/kohya.safetensors");
        TINY.withPropertyValues(
                        PREFIX + "lora[0].file=" + lora,
                        PREFIX + "lora[0].scale=0.8",
                        PREFIX + "lora[1].file=" + lora,
                        PREFIX + "residency=release-text-encoders",
                        PREFIX + "quantization=int8-weights",
                        PREFIX + "n=2",
                        PREFIX + "guidance=2",
                        PREFIX + "negative-prompt=blurry",
                        PREFIX + "true-cfg-scale=1.5",
                        PREFIX + "strength=0.3",
                        PREFIX + "mime-type=image/jpeg")
                .run(context -> {
                    Pipeline pipeline = context.getBean(Pipeline.class);
                    assertThat(pipeline.model().loras())
                            .extracting(Settings.Lora::scale)
                            .containsExactly(0.8, 1.0);
                    assertThat(pipeline.residency()).isEqualTo(Residency.RELEASE_TEXT_ENCODERS);
                    assertThat(pipeline.execution().precision()).isEqualTo("float32, int8-weights");
                    BottleneckImageModel images = context.getBean(BottleneckImageModel.class);
                    assertThat(images.getOptions())
                            .usingRecursiveComparison()
                            .isEqualTo(Tiny.options()
                                    .n(2)
                                    .guidance(2.0)
                                    .negativePrompt("blurry")
                                    .trueCfgScale(1.5)
                                    .strength(0.3)
                                    .mimeType("image/jpeg")
                                    .build());
                });
    }

    @Test
    void pipeline_isOpenedByTheFirstCall_andClosedWithTheContext() {
        List<Pipeline> opened = new ArrayList<>();
        TINY.run(context -> {
            assertThat(context).hasSingleBean(BottleneckImageModel.class).hasSingleBean(Model.class);
            assertThat(context.getBeanFactory().getSingletonNames()).doesNotContain("bottleneckPipeline");
            fox(context);
            assertThat(context.getBeanFactory().getSingletonNames()).contains("bottleneckPipeline");
            opened.add(context.getBean(Pipeline.class));
        });
        Pipeline closed = opened.get(0);
        Request request = Tiny.request(closed, 7).build();
        assertThatThrownBy(() -> closed.generate(request))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("pipeline: is closed");
    }

    @Test
    void anotherProvider_turnsItOff() {
        TINY.withPropertyValues("spring.ai.model.image=openai")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ImageModel.class));
        TINY.withPropertyValues("spring.ai.model.image=bottleneck4j")
                .run(context -> assertThat(context).hasSingleBean(ImageModel.class));
        TINY.withClassLoader(new FilteredClassLoader(ImageModel.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("bottleneckImageModel"));
    }

    static class OwnPipeline {
        @Bean
        Pipeline mine() {
            return Model.open(Tiny.FOLDER).pipeline(Tiny.FLOAT32);
        }
    }

    @Test
    void onesOwnPipeline_isUsed_andNeedsNoModel() {
        BARE.withUserConfiguration(OwnPipeline.class)
                .withPropertyValues(PREFIX + "plan=baseline", PREFIX + "seed=3", PREFIX + "max-sequence-length=32")
                .run(context -> {
                    assertThat(context).hasSingleBean(Pipeline.class).doesNotHaveBean(Model.class);
                    Pipeline mine = context.getBean("mine", Pipeline.class);
                    Request.Builder same = mine.model()
                            .request("a red fox")
                            .plan("baseline")
                            .maxSequenceLength(32)
                            .seed(3);
                    assertThat(fox(context)).isEqualTo(Tiny.file(mine, same, temp.resolve("own.png")));
                });
    }

    static class OwnModel {
        @Bean
        Model mine() {
            return Model.open(Tiny.FOLDER);
        }
    }

    @Test
    void onesOwnModel_isOpened() {
        BARE.withUserConfiguration(OwnModel.class)
                .withPropertyValues(PREFIX + "dtype=float32")
                .run(context -> assertThat(context.getBean(Pipeline.class).model())
                        .isSameAs(context.getBean("mine", Model.class)));
    }

    static class OwnImages {
        @Bean
        BottleneckImageModel mine(Pipeline pipeline) {
            return BottleneckImageModel.builder().pipeline(pipeline).build();
        }
    }

    @Test
    void onesOwnImageModel_takesItsPlace() {
        TINY.withUserConfiguration(OwnImages.class)
                .run(context -> assertThat(context)
                        .hasSingleBean(BottleneckImageModel.class)
                        .hasBean("mine"));
    }

    @Test
    void wrongProperties_failTheStart() {
        assertFails(
                BARE,
                "spring.ai.bottleneck4j.image.model: must be given, and is not; name a folder of a model that makes pictures");
        assertFails(TINY.withPropertyValues(PREFIX + "model=" + temp.resolve("none")), "none");
        assertFails(TINY.withPropertyValues(PREFIX + "model=" + Golden.folder("hunyuan-a")), "makes videos");
        assertFails(TINY.withPropertyValues(PREFIX + "plan=x9"), "x9");
        assertFails(TINY.withPropertyValues(PREFIX + "n=0"), "n: must be at least 1, not 0");
        assertFails(TINY.withPropertyValues(PREFIX + "lora[0].file=" + temp.resolve("none.safetensors")), "none");
    }

    private static void assertFails(ApplicationContextRunner runner, String message) {
        runner.run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(message);
        });
    }

    static class Watchers {
        private final List<String> begun = new ArrayList<>();

        @Bean
        ObservationRegistry registry() {
            return TestObservationRegistry.create();
        }

        @Bean
        JobListener listener() {
            return new JobListener() {
                @Override
                public void begin(Job job, int index) {
                    begun.add(job.request().prompt() + " " + index);
                }
            };
        }
    }

    @Test
    void registryAndListeners_areToldOfCalls() {
        TINY.withUserConfiguration(Watchers.class).run(context -> {
            fox(context);
            assertThat(context.getBean(Watchers.class).begun).containsExactly("a red fox 0");
            TestObservationRegistryAssert.assertThat(context.getBean(TestObservationRegistry.class))
                    .hasObservationWithNameEqualTo("gen_ai.client.operation")
                    .that()
                    .hasLowCardinalityKeyValue("gen_ai.system", "bottleneck4j");
        });
    }

    @Test
    void jar_tellsBootOfItself_andEditorsOfItsProperties() throws IOException {
        assertThat(resource("META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports")
                        .strip())
                .isEqualTo(BottleneckImageAutoConfiguration.class.getName());
        assertThat(resource("META-INF/spring-configuration-metadata.json"))
                .contains("\"" + PREFIX + "true-cfg-scale\"", "a diffusers folder of a model that makes pictures");
    }

    /** The module's own, not those of other jars. */
    private static String resource(String name) throws IOException {
        for (var found : Collections.list(
                BottleneckImageAutoConfiguration.class.getClassLoader().getResources(name))) {
            if (found.getProtocol().equals("file")) {
                try (var in = found.openStream()) {
                    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
                }
            }
        }
        throw new AssertionError(name + " is not there");
    }
}
