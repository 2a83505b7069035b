package io.bottleneck4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

class SpringBootControllerTest {
    @Tag("slow")
    @Test
    void picture_overHttp_isThePng() throws Exception {
        try (ConfigurableApplicationContext application = SpringApplication.run(
                new Class<?>[] {SpringBootController.class, SpringBootController.Beans.class},
                new String[] {"--server.port=0", "--server.address=127.0.0.1", "--logging.level.root=warn"})) {
            HttpResponse<byte[]> made = get(application, "picture?prompt=a+red+fox&seed=7&plan=x3");
            assertThat(made.statusCode()).isEqualTo(200);
            assertThat(made.headers().firstValue("content-type")).hasValue("image/png");
            assertThat(ImageIO.read(new ByteArrayInputStream(made.body())).getWidth())
                    .isEqualTo(256);
            assertThat(get(application, "picture?prompt=a+red+fox&seed=7&plan=x3")
                            .body())
                    .as("the same seed")
                    .isEqualTo(made.body());

            HttpResponse<byte[]> wrong = get(application, "picture?prompt=a+red+fox&plan=x9");
            assertThat(wrong.statusCode()).isEqualTo(400);
            assertThat(new String(wrong.body(), StandardCharsets.UTF_8)).contains("x9");
        }
    }

    private static HttpResponse<byte[]> get(ConfigurableApplicationContext application, String path) throws Exception {
        Environment environment = application.getEnvironment();
        URI uri = URI.create("http://127.0.0.1:" + environment.getProperty("local.server.port") + "/" + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
