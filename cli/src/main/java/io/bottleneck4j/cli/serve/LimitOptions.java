package io.bottleneck4j.cli.serve;

import io.bottleneck4j.server.settings.ServerSettings;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much is served at most; what is not given is the server's default. */
final class LimitOptions {
    @Option(names = "--queue", paramLabel = "N")
    private @Nullable Integer queue;

    @Option(names = "--rate-limit", paramLabel = "N")
    private @Nullable Integer rateLimit;

    @Option(names = "--max-n", paramLabel = "N")
    private @Nullable Integer maxN;

    @Option(names = "--max-pixels", paramLabel = "N")
    private @Nullable Long maxPixels;

    @Option(names = "--max-video-pixels", paramLabel = "N")
    private @Nullable Long maxVideoPixels;

    @Option(names = "--max-prompt", paramLabel = "N")
    private @Nullable Integer maxPrompt;

    @Option(names = "--max-steps", paramLabel = "N")
    private @Nullable Integer maxSteps;

    @Option(names = "--max-body", paramLabel = "BYTES")
    private @Nullable Long maxBody;

    @Option(names = "--upload-time", paramLabel = "SECONDS")
    private @Nullable Integer uploadTime;

    @Option(names = "--timeout", paramLabel = "SECONDS")
    private @Nullable Integer timeout;

    @Option(names = "--drain", paramLabel = "SECONDS")
    private @Nullable Integer drain;

    @Option(names = "--keep-days", paramLabel = "DAYS")
    private @Nullable Integer keepDays;

    @Option(names = "--keep-gb", paramLabel = "GB")
    private @Nullable Integer keepGb;

    void apply(ServerSettings.Builder settings) {
        set(queue, settings::queue);
        set(rateLimit, settings::requestsPerMinute);
        set(maxN, settings::images);
        set(maxPixels, settings::pixels);
        set(maxVideoPixels, settings::videoPixels);
        set(maxPrompt, settings::promptLength);
        set(maxSteps, settings::steps);
        set(maxBody, settings::bodyBytes);
        set(uploadTime, seconds -> settings.upload(Duration.ofSeconds(seconds)));
        set(timeout, seconds -> settings.timeout(Duration.ofSeconds(seconds)));
        set(drain, seconds -> settings.drain(Duration.ofSeconds(seconds)));
        set(keepDays, days -> settings.keep(Duration.ofDays(days)));
        set(keepGb, gb -> settings.keepBytes(gb * 1_000_000_000L));
    }

    private static <T> void set(@Nullable T value, Consumer<T> setter) {
        if (value != null) {
            setter.accept(value);
        }
    }
}
