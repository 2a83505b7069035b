package io.bottleneck4j.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.text.PromptTemplate;
import java.util.Map;

/**
 * How a video was made, as it is stored in its file and beside it: enough to make it again, bit for bit on the same machine.
 *
 * @param run what a picture's metadata says too; its plan says the frames
 * @param fps frames a second in playback
 * @param template instructions around the prompt
 */
public record VideoMetadata(ImageMetadata run, int fps, PromptTemplate template) {
    /** The text of a container that {@link #toJson} is stored under; every format has it. */
    public static final String KEY = "comment";

    /** The text of a container that players show. */
    public static final String TITLE = "title";

    public VideoMetadata {
        VideoRequest.requireFps(fps);
        if (run.plan().frames().isEmpty()) {
            throw new IllegalArgumentException("settings: plan: has no frames; they are a picture's");
        }
    }

    /** What a request is, stored. */
    public static VideoMetadata of(VideoRequest request, ImageMetadata.Origin origin) {
        return new VideoMetadata(ImageMetadata.of(request.run(), origin), request.fps(), request.template());
    }

    /**
     * Reads back what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is not that, or was written by a version with other settings
     */
    public static VideoMetadata parse(String json) {
        return ImageMetadataReader.readVideo(json);
    }

    /** One line of JSON, a picture's and more; numbers are exact. The template is there only where it is not the default. */
    public String toJson() {
        ObjectNode json = run.json().put("fps", fps);
        if (!template.equals(PromptTemplate.HUNYUAN_VIDEO)) {
            json.put("prompt_template", template.text());
            template.cropStart().ifPresent(tokens -> json.put("crop_start", tokens));
        }
        return json.toString();
    }

    /** All texts of the container. */
    public Map<String, String> texts() {
        return Map.of(KEY, toJson(), TITLE, run.prompt());
    }
}
