package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.server.TinyServer;
import io.bottleneck4j.server.settings.ServerSettings;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What fields become. */
class OrderTest {
    private static final ServerSettings SETTINGS = TinyServer.settings(Path.of("unused"))
            .promptLength(40)
            .pixels(256 * 256)
            .videoPixels(32 * 32 * 9)
            .steps(20)
            .build();

    private static Order order(Order.Kind kind, String json) {
        String model = kind == Order.Kind.VIDEO ? "tiny-video" : "tiny";
        ObjectNode fields = (ObjectNode) JsonMapper.shared().readTree(json);
        return new Order(kind, Objects.requireNonNull(SETTINGS.models().get(model)), new Fields(fields), SETTINGS);
    }

    private static Request picture(String json) {
        return order(Order.Kind.GENERATION, json).request(null, null);
    }

    @Test
    void request_ofAllFields_hasThem() {
        Request request = picture("""
                {"prompt": "a fox", "size": "64x32", "plan": "baseline", "num_inference_steps": 3, "seed": 18446744073709551615,
                 "guidance_scale": 2.5, "true_cfg_scale": 4, "negative_prompt": "a dog", "user": "u", "moderation": "low",
                 "background": "opaque", "quality": "high"}""");

        assertThat(request.prompt()).isEqualTo("a fox");
        assertThat(request.plan().width()).isEqualTo(64);
        assertThat(request.plan().height()).isEqualTo(32);
        assertThat(request.plan().stages().executedSteps()).isEqualTo(3);
        assertThat(request.seedText()).isEqualTo("18446744073709551615");
        assertThat(request.guidance()).isEqualTo(2.5);
        assertThat(request.trueCfgScale()).isEqualTo(4);
        assertThat(request.negativePrompt()).isEqualTo("a dog");
    }

    @Test
    void request_ofAForm_takesTextsAsNumbers() {
        Request request = picture(
                "{\"prompt\": \"a\", \"width\": \"32\", \"height\": \"64\", \"seed\": \"7\", \"plan\": \"baseline\"}");

        assertThat(request.plan().width()).isEqualTo(32);
        assertThat(request.seed()).isEqualTo(7);
    }

    @Test
    void request_ofNumbersWithAPoint_takesWholeOnes() {
        Request request = picture(
                "{\"prompt\": \"a\", \"width\": 32.0, \"height\": 6.4e1, \"seed\": 7.0, \"plan\": \"baseline\"}");

        assertThat(request.plan().width()).isEqualTo(32);
        assertThat(request.plan().height()).isEqualTo(64);
        assertThat(request.seed()).isEqualTo(7);
    }

    @Test
    void request_withoutSeed_drawsOneForEach() {
        assertThat(picture("{\"prompt\": \"a\"}").seed())
                .isNotEqualTo(picture("{\"prompt\": \"a\"}").seed());
    }

    @Test
    void request_nullFields_areAsLeftOut() {
        assertThat(picture("{\"prompt\": \"a\", \"size\": null, \"plan\": null, \"seed\": null}")
                        .plan()
                        .name())
                .isEqualTo("bottleneck");
    }

    @Test
    void request_ofSeconds_countsFramesThatTheModelMakes() {
        Request request = order(
                        Order.Kind.VIDEO,
                        "{\"prompt\": \"a\", \"seconds\": \"1\", \"fps\": 8, \"width\": 32, \"height\": 32, \"plan\": \"baseline\"}")
                .request(null, null);

        assertThat(request.frames()).isEqualTo(5);
        assertThat(request.video().fps()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                          | prompt             | must not be empty
            {"prompt": " "}                                             | prompt             | must not be empty
            {"prompt": 3}                                               | prompt             | must be a text, not 3
            {"prompt": "12345678901234567890123456789012345678901"}     | prompt             | 41 characters
            {"prompt": "a", "n": 0}                                     | n                  | between 1 and 10
            {"prompt": "a", "n": 11}                                    | n                  | between 1 and 10
            {"prompt": "a", "n": 1.5}                                   | n                  | whole number
            {"prompt": "a", "seed": 1e17}                               | seed               | from 0
            {"prompt": "a", "n": 1e300}                                 | n                  | whole number
            {"prompt": "a", "seed": -1}                                 | seed               | from 0
            {"prompt": "a", "seed": 18446744073709551616}               | seed               | from 0
            {"prompt": "a", "size": "1024"}                             | size               | as 1024x1024
            {"prompt": "a", "size": "0x0"}                              | size               | 1 or more each way
            {"prompt": "a", "size": "64x0"}                             | size               | 1 or more each way
            {"prompt": "a", "size": "64x64", "width": 32}               | size               | leave one of them out
            {"prompt": "a", "size": "512x512"}                          | size               | 262144 pixels are more
            {"prompt": "a", "plan": "x", "quality": "high"}             | quality            | stands for plan baseline
            {"prompt": "a", "num_inference_steps": 21}                  | num_inference_steps | between 1 and 20
            {"prompt": "a", "num_inference_steps": 5}                   | num_inference_steps | only plan baseline
            {"prompt": "a", "background": "transparent"}                | background         | whole picture
            {"prompt": "a", "output_format": "gif"}                     | output_format      | png, jpeg, webp
            {"prompt": "a", "output_compression": 50}                   | output_compression | loses nothing
            {"prompt": "a", "partial_images": 4}                        | partial_images     | between 0 and 3
            {"prompt": "a", "partial_images": 1}                        | partial_images     | set stream
            {"prompt": "a", "stream": "yes"}                            | stream             | true or false
            {"prompt": "a", "negative_prompt": "b"}                     | negative_prompt    | true_cfg_scale
            {"prompt": "a", "lora": "../../etc/passwd"}                 | lora               | there is no
            {"prompt": "a", "lora": 3}                                  | lora               | must be a name
            {"prompt": "a", "guidance_scale": "x"}                      | guidance_scale     | must be a number
            {"prompt": "a", "width": 33, "height": 32}                  | width              | not a multiple
            {"prompt": "a", "plan": "plan.yaml"}                        | plan               | neither a file nor a plan
            {"prompt": "a", "strength": 0.5}                            | strength           | is not known here
            """)
    void order_wrongField_isRefusedByName(String json, String name, String message) {
        assertThatThrownBy(() -> {
                    try {
                        picture(json);
                    } catch (IllegalArgumentException e) {
                        throw ApiException.of(e, null);
                    }
                })
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.body().status()).isEqualTo(400);
                    assertThat(e.body().param()).isEqualTo(name);
                    assertThat(e.body().message()).contains(message).hasSizeLessThan(604);
                });
    }

    @Test
    void order_ofAVideoThatIsTooLarge_isRefused() {
        Order order = order(Order.Kind.VIDEO, "{\"prompt\": \"a\", \"num_frames\": 13, \"width\": 32, \"height\": 32}");

        assertThatThrownBy(() -> order.request(null, null))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("13 frames");
    }

    @Test
    void order_ofFieldsWithoutEffect_warns() {
        assertThat(order(Order.Kind.GENERATION, "{\"prompt\": \"a\", \"style\": \"vivid\"}")
                        .warnings())
                .singleElement()
                .asString()
                .startsWith("style: is without effect");
    }
}
