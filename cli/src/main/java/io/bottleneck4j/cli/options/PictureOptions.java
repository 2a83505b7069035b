package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The picture to start from. */
public final class PictureOptions {
    @Option(names = "--init-image", paramLabel = "P")
    public @Nullable Path initImage;

    @Option(names = "--strength", paramLabel = "S")
    public @Nullable Double strength;

    @Option(names = "--mask", paramLabel = "M")
    public @Nullable Path mask;

    @Option(names = "--upscale", paramLabel = "F")
    public @Nullable Double upscale;

    /** Sets what is stored, but for what these options give in its place. */
    public void apply(Request.Builder request, @Nullable Settings stored) throws IOException {
        Settings.Start start = stored == null ? null : stored.start();
        if (start != null) {
            request.start(
                    initImage == null ? start.image() : null, mask == null ? start.mask() : null, start.strength());
        }
        if (initImage != null) {
            request.initImage(initImage);
        }
        if (mask != null) {
            request.mask(mask);
        }
        if (strength != null) {
            request.strength(strength);
        }
        if (upscale != null) {
            if (stored != null) {
                throw new IllegalArgumentException(
                        "upscale: does not go together with --from-png, whose settings have a size"
                                + " already; give the prompt, --init-image and --upscale instead");
            }
            request.upscale(upscale);
        }
    }
}
