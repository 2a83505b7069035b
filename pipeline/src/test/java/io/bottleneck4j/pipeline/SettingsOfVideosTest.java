package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.Quantization;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsOfVideosTest {
    private static final Settings.Origin ORIGIN =
            new Settings.Origin("0.1", "org/video", "bfloat16", Quantization.NONE, "cpu", 2, "2.10.0");
    private static final Settings PLAIN = settings(new Request.Video(24, PromptTemplate.HUNYUAN_VIDEO));

    private static Settings settings(Request.@Nullable Video video) {
        PlanSpec plan = new PlanSpec("p", List.of(new StageSpec(64, 48, 4, 1, 7))).withFrames(OptionalInt.of(9));
        return new Settings("a \"cat\"\nКошка", "", 1, 6, 5, plan, 256, ORIGIN, video);
    }

    @Test
    void toJson_isAPicturesAndFps() {
        String picture = settings(null).toJson();
        assertThat(PLAIN.toJson()).isEqualTo(picture.substring(0, picture.length() - 1) + ",\"fps\":24}");
    }

    @Test
    void parse_ofToJson_isEqual() {
        assertThat(Settings.parse(Model.Kind.VIDEO, PLAIN.toJson())).isEqualTo(PLAIN);
        for (OptionalInt cropStart : List.of(OptionalInt.empty(), OptionalInt.of(3))) {
            Settings other = settings(new Request.Video(30, new PromptTemplate("say: {}<|eot_id|>", cropStart)));
            assertThat(Settings.parse(Model.Kind.VIDEO, other.toJson())).isEqualTo(other);
        }
    }

    @Test
    void texts_holdJsonAndPrompt() {
        assertThat(PLAIN.texts())
                .containsOnlyKeys("comment", "title")
                .containsEntry("comment", PLAIN.toJson())
                .containsEntry("title", "a \"cat\"\nКошка");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"fps\":24|\"fps\":0|fps: must be between 1 and 240, not 0",
                "\"fps\":24|\"fps\":24.5|settings: fps: must be a whole number, not 24.5",
                ",\"fps\":24||settings: 'fps' is missing",
                "\"fps\":24|\"fps\":24,\"prompt_template\":\"x\"|prompt-template: must hold {} once",
                "\"fps\":24|\"fps\":24,\"codec\":\"x\"|settings: 'codec' is unknown; was it made by a newer version",
                "\"frames\":9,||settings: plan: has no frames; they are a picture's",
            })
    void parse_changed_saysWhatIsWrong(String part, String other, String message) {
        assertThat(PLAIN.toJson()).contains(part);
        String changed = PLAIN.toJson().replace(part, other == null ? "" : other);
        assertThatThrownBy(() -> Settings.parse(Model.Kind.VIDEO, changed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** A picture's reader must not take a video's settings for its own. */
    @Test
    void parse_asAPicture_isRefused() {
        assertThatThrownBy(() -> Settings.parse(Model.Kind.PICTURE, PLAIN.toJson()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'fps' is unknown");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 241})
    void new_fpsOutOfRange_isRefused(int fps) {
        assertThatThrownBy(() -> new Request.Video(fps, PromptTemplate.HUNYUAN_VIDEO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fps: must be between 1 and 240, not " + fps);
    }
}
