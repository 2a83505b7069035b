package io.bottleneck4j.examples;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Result;
import java.io.IOException;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Pictures over HTTP: {@code GET /picture?prompt=a+red+fox&seed=7}. One pipeline serves all; requests wait their turn. */
@SpringBootApplication
@RestController
public class SpringBootController {
    private final Pipeline pipeline;

    SpringBootController(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    public static void main(String[] args) {
        SpringApplication.run(new Class<?>[] {SpringBootController.class, Beans.class}, args);
    }

    static class Beans {
        @Bean // closed with the application
        Pipeline pipeline() throws IOException {
            return Model.open(EmojiFlux.folder()).pipeline();
        }
    }

    @GetMapping(path = "/picture", produces = MediaType.IMAGE_PNG_VALUE)
    byte[] picture(
            @RequestParam("prompt") String prompt,
            @RequestParam(name = "seed", defaultValue = "0") long seed,
            @RequestParam(name = "plan", defaultValue = "bottleneck") String plan) {
        Result result = pipeline.generate(
                pipeline.model().request(prompt).seed(seed).plan(plan).build());
        return PngWriter.bytes(result.picture(), result.settings().texts());
    }

    /** What the caller got wrong, in one line. */
    @ExceptionHandler(IllegalArgumentException.class)
    @ResponseStatus(HttpStatus.BAD_REQUEST)
    String wrong(IllegalArgumentException e) {
        return String.valueOf(e.getMessage());
    }
}
