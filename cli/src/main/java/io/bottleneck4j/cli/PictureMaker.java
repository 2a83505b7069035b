package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.FluxPipeline;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.RequestBuilder;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Makes PNG files.
 *
 * @param tile pixels of the tiles to decode in, where the user says so
 */
record PictureMaker(FluxPipeline flux, OptionalInt tile) implements Maker {
    @Override
    public Planner planner() {
        return flux.planner();
    }

    @Override
    public Timings timings() {
        return flux.timings();
    }

    @Override
    public boolean usesGuidance() {
        return flux.usesGuidance();
    }

    @Override
    public ImageRequest request(String prompt, Consumer<RequestBuilder<?>> settings) {
        ImageRequest.Builder request = flux.request(prompt);
        settings.accept(request);
        return request.build();
    }

    @Override
    public Prompts encode(ImageRequest request) {
        return flux.encode(request);
    }

    @Override
    public void releaseTextEncoders() {
        flux.releaseTextEncoders();
    }

    @Override
    public Latents denoise(ImageRequest request, Prompts prompts, SamplingListener listener) {
        return flux.denoise(request, prompts, listener);
    }

    @Override
    public Map<String, String> texts(ImageRequest request, ImageMetadata.Origin origin) {
        return ImageMetadata.of(request, origin).texts();
    }

    @Override
    public String settings(ImageRequest request, ImageMetadata.Origin origin) {
        return ImageMetadata.of(request, origin).toJson();
    }

    @Override
    public LatentsFile.Kind kind() {
        return LatentsFile.Kind.PICTURE;
    }

    @Override
    public Picture still(Latents latents) {
        return tile.isPresent() ? flux.decodeTiled(latents, tile.getAsInt()) : flux.decode(latents);
    }

    @Override
    public void make(Path output, LatentsFile latents, Cancellation cancellation) throws IOException {
        Picture picture = still(latents.latents());
        cancellation.whole(() -> PngWriter.write(output, picture, latents.texts()));
    }

    @Override
    public void close() {
        flux.close();
    }
}
