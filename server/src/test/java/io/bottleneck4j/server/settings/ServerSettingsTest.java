package io.bottleneck4j.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.server.TinyServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a server does where nothing is said. */
class ServerSettingsTest {
    private static ServerSettings.Builder some() {
        return TinyServer.settings(Path.of("data"));
    }

    @Test
    void defaults_areThoseOfTheDocumentation() {
        ServerSettings settings = some().build();

        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.isLoopback()).isTrue();
        assertThat(settings.names()).containsExactly("tiny", "tiny-video");
        assertThat(settings.keys().isEmpty()).isTrue();
        assertThat(settings.database()).isNull();
        assertThat(settings.queue()).isEqualTo(64);
        assertThat(settings.workers()).isEqualTo(1);
        assertThat(settings.images()).isEqualTo(10);
        assertThat(settings.promptLength()).isEqualTo(32_000);
        assertThat(settings.pixels()).isEqualTo(2048 * 2048);
        assertThat(settings.videoPixels()).isEqualTo(118_886_400);
        assertThat(settings.steps()).isEqualTo(200);
        assertThat(settings.bodyBytes()).isEqualTo(25_000_000);
        assertThat(settings.timeout()).isEqualTo(Duration.ofHours(1));
        assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.requestsPerMinute()).isZero();
        assertThat(settings.keep()).isEqualTo(Duration.ofDays(30));
        assertThat(settings.keepBytes()).isEqualTo(20_000_000_000L);
        assertThat(settings.finishesAbandoned()).isFalse();
        assertThat(settings.logsPrompts()).isFalse();
    }

    @Test
    void build_openToOthersWithoutKeys_isRefused() {
        assertThatThrownBy(() -> some().host("0.0.0.0").build())
                .hasMessageContaining("can be reached from other machines")
                .hasMessageContaining("--new-api-key");

        assertThat(some().host("0.0.0.0")
                        .keys(ApiKeys.of("a", "0123456789abcdef"))
                        .build()
                        .isLoopback())
                .isFalse();
    }

    @Test
    void build_valueOutOfRange_isRefusedByName() {
        assertThatThrownBy(() -> some().queue(0).build()).hasMessage("queue: must be between 1 and 100000, not 0");
        assertThatThrownBy(() -> some().timeout(Duration.ZERO).build()).hasMessageStartingWith("timeout: must be");
        assertThatThrownBy(() -> some().database("mysql://x")).hasMessageStartingWith("database: must be a JDBC URL");
        assertThatThrownBy(() -> ServerSettings.builder(Path.of("data")).build())
                .hasMessageStartingWith("model: a server needs at least one");
    }
}
