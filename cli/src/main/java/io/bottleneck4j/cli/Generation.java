package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.PromptEmbeds;
import io.bottleneck4j.pipeline.Prompts;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Makes the pictures or videos of one command, each: denoise, save the latents, decode and write. */
final class Generation implements SamplingListener {
    /** How many prompts are encoded at once, after which the text encoders' memory is free for denoising. */
    private static final int ENCODED_AHEAD = 32;

    private final Maker maker;
    private final ImageMetadata.Origin origin;
    private final Progress progress;
    private final Onlooker onlooker;
    private final Cancellation cancellation;
    private final Notes notes;
    private final Map<String, Prompts> encoded = new HashMap<>();
    private boolean negativeTold;

    /**
     * One picture or video to make.
     *
     * @param label tells it from others of the same prompt; empty where nothing need be told
     * @param output its file
     * @param latents where its latents go, if they are wanted
     */
    record Job(
            String label,
            ImageRequest request,
            Path output,
            @Nullable Path latents) {}

    Generation(
            Maker maker,
            ImageMetadata.Origin origin,
            Progress progress,
            Onlooker onlooker,
            Cancellation cancellation,
            Notes notes) {
        this.maker = maker;
        this.origin = origin;
        this.progress = progress;
        this.onlooker = onlooker;
        this.cancellation = cancellation;
        this.notes = notes;
    }

    void run(List<Job> jobs) throws IOException {
        run(jobs, List.of());
    }

    /**
     * Makes the pictures, after what only warms up.
     *
     * @param warmUps run and thrown away before the first picture, with its prompt
     */
    void run(List<Job> jobs, List<ImageRequest> warmUps) throws IOException {
        for (int i = 0; i < jobs.size(); i++) {
            Job job = jobs.get(i);
            String at = i == 0 ? "before any picture was made" : "before picture " + (i + 1) + " of " + jobs.size();
            cancellation.check(at);
            if (!encoded.containsKey(job.request().prompt())) {
                encode(jobs.subList(i, jobs.size()), at);
            }
            if (i == 0) {
                for (ImageRequest warmUp : warmUps) {
                    maker.denoise(warmUp, prompts(job), step -> cancellation.check(at));
                }
            }
            progress.begin(i);
            make(job);
            progress.clear();
        }
    }

    /** Encodes the prompts that come next, in place of those encoded before. */
    private void encode(List<Job> next, String at) {
        encoded.clear();
        for (Job job : next) {
            String prompt = job.request().prompt();
            if (encoded.size() == ENCODED_AHEAD) {
                break;
            }
            if (!encoded.containsKey(prompt)) {
                cancellation.check(at);
                encoded.put(prompt, encode(job));
            }
        }
        maker.releaseTextEncoders();
    }

    private Prompts encode(Job job) {
        Prompts made = maker.encode(job.request());
        warn("prompt", made.positive(), job.request().prompt());
        PromptEmbeds negative = made.negative();
        if (negative != null && !negativeTold) {
            warn("negative prompt", negative, job.request().negativePrompt());
            negativeTold = true;
        }
        return made;
    }

    private Prompts prompts(Job job) {
        return Objects.requireNonNull(encoded.get(job.request().prompt()), "encoded before");
    }

    private void warn(String what, PromptEmbeds prompt, String text) {
        for (PromptEmbeds.Truncation truncation : prompt.truncations()) {
            String begin = text.length() <= 40 ? text : text.substring(0, 40) + "...";
            notes.warning(what + " \"" + begin + "\": " + truncation + "; the rest is ignored");
        }
    }

    private void make(Job job) throws IOException {
        onlooker.begin(job);
        Prompts prompts = prompts(job);
        double before = maker.timings().seconds(Timings.Phase.DENOISE);
        Latents latents = maker.denoise(job.request(), prompts, this);
        double seconds = maker.timings().seconds(Timings.Phase.DENOISE) - before;
        LatentsFile file = new LatentsFile(latents, maker.kind(), maker.texts(job.request(), origin));
        LatentsKeeper keeper = new LatentsKeeper(cancellation, notes, job.output(), job.latents());
        keeper.save(file);
        try {
            cancellation.check("before decoding");
            maker.make(job.output(), file, cancellation);
        } catch (CancellationException e) {
            keeper.release();
            throw e;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            throw keeper.kept(e);
        }
        keeper.release();
        onlooker.made(job, seconds);
    }

    @Override
    public void onStage(Position first) {
        progress.onStage(first);
    }

    @Override
    public void onStep(Step step) {
        progress.onStep(step);
        Position at = step.at();
        cancellation.check(
                "after step " + (at.forwardsBefore() + 1) + " of " + at.plan().forwards());
        onlooker.onStep(step);
    }
}
