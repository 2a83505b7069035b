package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.HunyuanVideoPipeline;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.RequestBuilder;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.VideoMetadata;
import io.bottleneck4j.pipeline.VideoRequest;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Makes video files.
 *
 * @param cell pixels along one side of a latent cell
 * @param tile pixels of the tiles to decode frames in, where the user says so
 * @param fps frames a second in playback
 * @param template instructions around the prompt
 */
record VideoMaker(HunyuanVideoPipeline hunyuan, int cell, OptionalInt tile, int fps, PromptTemplate template)
        implements Maker {
    @Override
    public Planner planner() {
        return hunyuan.planner();
    }

    @Override
    public Timings timings() {
        return hunyuan.timings();
    }

    @Override
    public boolean usesGuidance() {
        return hunyuan.usesGuidance();
    }

    @Override
    public ImageRequest request(String prompt, Consumer<RequestBuilder<?>> settings) {
        VideoRequest.Builder request = hunyuan.request(prompt).fps(fps).template(template);
        settings.accept(request);
        return request.build().run();
    }

    private VideoRequest video(ImageRequest run) {
        return new VideoRequest(run, fps, template);
    }

    @Override
    public Prompts encode(ImageRequest request) {
        return hunyuan.encode(video(request));
    }

    @Override
    public void releaseTextEncoders() {
        hunyuan.releaseTextEncoders();
    }

    @Override
    public Latents denoise(ImageRequest request, Prompts prompts, SamplingListener listener) {
        return hunyuan.denoise(video(request), prompts, listener);
    }

    @Override
    public Map<String, String> texts(ImageRequest request, ImageMetadata.Origin origin) {
        return VideoMetadata.of(video(request), origin).texts();
    }

    @Override
    public String settings(ImageRequest request, ImageMetadata.Origin origin) {
        return VideoMetadata.of(video(request), origin).toJson();
    }

    @Override
    public LatentsFile.Kind kind() {
        return LatentsFile.Kind.VIDEO;
    }

    @Override
    public Picture still(Latents latents) {
        List<Picture> frames = new ArrayList<>();
        try {
            decode(firstFrame(latents), frames::add);
        } catch (IOException e) {
            throw new UncheckedIOException("a list refused a frame", e);
        }
        return frames.get(0);
    }

    private void decode(Latents latents, FrameSink frames) throws IOException {
        if (tile.isPresent()) {
            hunyuan.decodeTiled(latents, tile.getAsInt(), frames);
        } else {
            hunyuan.decode(latents, frames);
        }
    }

    /** The first of latent frames, which the autoencoder makes one frame of. */
    private static Latents firstFrame(Latents latents) {
        LatentShape s = latents.shape();
        LatentShape one = new LatentShape(s.channels(), 1, s.height(), s.width());
        float[] values = new float[one.elements()];
        int plane = s.height() * s.width();
        for (int c = 0; c < s.channels(); c++) {
            latents.asReadOnlyBuffer().position(c * s.frames() * plane).get(values, c * plane, plane);
        }
        return Latents.copyOf(one, values);
    }

    @Override
    public void make(Path output, LatentsFile latents, Cancellation cancellation) throws IOException {
        String settings = latents.texts().getOrDefault(VideoMetadata.KEY, "{}");
        String title = latents.texts().getOrDefault(VideoMetadata.TITLE, "");
        LatentShape s = latents.latents().shape();
        VideoSize size = new VideoSize(s.width() * cell, s.height() * cell, fps);
        try (VideoWriter video = VideoFormat.of(output).open(output, size, new VideoText(title, settings))) {
            cancellation.temporary(video.partial());
            decode(latents.latents(), frame -> {
                cancellation.check("while the video was encoded");
                video.accept(frame);
            });
            cancellation.whole(video::finish);
            cancellation.keep(video.partial());
        }
    }

    @Override
    public void close() {
        hunyuan.close();
    }
}
