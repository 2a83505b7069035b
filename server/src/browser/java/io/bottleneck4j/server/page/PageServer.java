package io.bottleneck4j.server.page;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.server.Server;
import io.bottleneck4j.server.settings.ServerSettings;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/** The server that the page's tests look at: the bundled model, on a free port, until the process ends. */
final class PageServer {
    private PageServer() {}

    /** Returns its address. */
    static String start() {
        try {
            Server server = Server.start(ServerSettings.builder(Files.createTempDirectory("page"))
                    .port(0)
                    .model(
                            "emoji-flux",
                            Model.open(EmojiFlux.folder()),
                            List.of(new Execution(Device.CPU, DType.FLOAT32)),
                            null,
                            Map.of())
                    .build());
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "end"));
            return "http://127.0.0.1:" + server.port();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
