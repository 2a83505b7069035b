package io.bottleneck4j.cli.serve;

import io.bottleneck4j.cli.options.DeviceOptions;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.server.Server;
import io.bottleneck4j.server.settings.ApiKeys;
import io.bottleneck4j.server.settings.ServerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serve}: the job loop behind HTTP. */
@Command(name = "serve", sortOptions = false, abbreviateSynopsis = true)
public final class ServeCommand implements Callable<Integer> {
    private static final String KEY = "BOTTLENECK4J_API_KEY";
    private static final Duration STOPPING = Duration.ofSeconds(60);

    /** Tomcat's log, which is Java's own; held, since a logger that nobody holds forgets its level. */
    private static final Logger TOMCAT = Logger.getLogger("org.apache");

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--model", paramLabel = "[NAME=]M")
    private List<String> models = List.of();

    @Option(names = "--lora", paramLabel = "NAME=F")
    private List<String> loras = List.of();

    @ArgGroup(validate = false, order = 1, heading = "%nModel:%n")
    private DeviceOptions running = new DeviceOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nAddress, storage and access:%n")
    private AddressOptions address = new AddressOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nLimits:%n")
    private LimitOptions limits = new LimitOptions();

    @Option(names = "--finish-abandoned")
    private boolean finishAbandoned;

    @Option(names = "--log-prompts")
    private boolean logPrompts;

    /** Where it listens, what it keeps, and who may ask. */
    static final class AddressOptions {
        @Option(names = "--host", paramLabel = "ADDRESS")
        private @Nullable String host;

        @Option(names = "--port", paramLabel = "P")
        private @Nullable Integer port;

        @Option(names = "--host-name", paramLabel = "NAME")
        private List<String> hostNames = List.of();

        @Option(names = "--api-keys", paramLabel = "FILE")
        private @Nullable Path apiKeys;

        @Option(names = "--new-api-key", paramLabel = "NAME")
        private @Nullable String newApiKey;

        @Option(names = "--data", paramLabel = "FOLDER")
        private @Nullable Path data;

        @Option(names = "--database", paramLabel = "URL")
        private @Nullable String database;
    }

    public ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (address.newApiKey != null) {
            return newKey(address.newApiKey);
        }
        log();
        Notes notes = new Notes(spec.commandLine().getErr());
        ServerSettings settings = settings(notes);
        surroundings.cancellation().patience(settings.drain().plus(STOPPING));
        try (Server server = Server.start(settings)) {
            spec.commandLine()
                    .getErr()
                    .println("bottleneck4j: serving " + String.join(", ", settings.names()) + " at http://"
                            + (settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host()) + ":"
                            + server.port() + " (the page; the API is under /v1)");
            while (!surroundings.cancellation().isRequested()) {
                Thread.sleep(100);
            }
            spec.commandLine().getErr().println("bottleneck4j: ending; what runs is finished first");
        }
        return ExitCode.OK;
    }

    private int newKey(String name) throws IOException {
        if (address.apiKeys == null) {
            throw new IllegalArgumentException("new-api-key: needs the file that keeps it; add --api-keys FILE");
        }
        String key = ApiKeys.add(address.apiKeys, name);
        spec.commandLine().getOut().println(key);
        spec.commandLine()
                .getErr()
                .println(
                        "bottleneck4j: this key of " + name + " is shown once; " + address.apiKeys + " holds its hash");
        return ExitCode.OK;
    }

    /** Before any logger is made. */
    private static void log() {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
        System.setProperty("org.slf4j.simpleLogger.log.io.bottleneck4j", "info");
        TOMCAT.setLevel(Level.WARNING);
    }

    private ServerSettings settings(Notes notes) throws IOException {
        ServerSettings.Builder settings = ServerSettings.builder(
                address.data != null ? address.data : surroundings.data().resolve("server"));
        if (address.host != null) {
            settings.host(address.host);
        }
        if (address.port != null) {
            settings.port(address.port);
        }
        address.hostNames.forEach(settings::hostName);
        if (address.database != null) {
            settings.database(address.database);
        }
        settings.keys(keys());
        limits.apply(settings);
        if (finishAbandoned) {
            settings.finishAbandoned();
        }
        if (logPrompts) {
            settings.logPrompts();
        }
        serve(settings, notes);
        return settings.build();
    }

    private ApiKeys keys() throws IOException {
        String key = surroundings.environment().getOrDefault(KEY, "");
        if (address.apiKeys == null) {
            return key.isEmpty() ? ApiKeys.NONE : ApiKeys.of("key", key);
        }
        if (!key.isEmpty()) {
            throw new IllegalArgumentException(
                    "api-keys: is given, and so is the variable " + KEY + "; leave one of them out");
        }
        if (!Files.isRegularFile(address.apiKeys)) {
            throw new IllegalArgumentException(
                    "api-keys: there is no file " + address.apiKeys + "; make it with --new-api-key NAME");
        }
        return ApiKeys.read(address.apiKeys);
    }

    private void serve(ServerSettings.Builder settings, Notes notes) throws IOException {
        List<String> named = models.isEmpty() ? ModelChoice.ALL_BUNDLED : models;
        Map<String, Model> opened = new LinkedHashMap<>();
        for (String word : named) {
            int equals = Files.exists(Path.of(word)) ? -1 : word.indexOf('=');
            String place = word.substring(equals + 1);
            String name = equals < 0 ? place : word.substring(0, equals);
            Model model = ModelChoice.find(models.size() == 1 ? running.named(place) : place, surroundings);
            if (opened.put(name, model) != null) {
                throw new IllegalArgumentException(
                        "model: '" + name + "' is given twice; give one of them another name with NAME=MODEL");
            }
        }
        Map<String, Map<String, Path>> fitting = fitting(opened);
        for (Map.Entry<String, Model> model : opened.entrySet()) {
            settings.model(
                    model.getKey(),
                    model.getValue(),
                    executions(model.getValue(), notes),
                    running.offload ? Residency.STREAM : null,
                    fitting.getOrDefault(model.getKey(), Map.of()));
        }
    }

    private List<Execution> executions(Model model, Notes notes) {
        List<Execution> all = new ArrayList<>();
        for (String device : (running.device == null ? "auto" : running.device).split(",", -1)) {
            all.add(running.choose(DeviceOptions.device(device), model, null, surroundings, notes));
        }
        return all;
    }

    /** Each LoRA by its name, for each model that it fits. */
    private Map<String, Map<String, Path>> fitting(Map<String, Model> opened) {
        Map<String, Map<String, Path>> all = new HashMap<>();
        for (String word : loras) {
            int equals = word.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "lora: must be NAME=FILE, as pixel=pixel-art.safetensors, not '" + word + "'");
            }
            Path file = Path.of(word.substring(equals + 1));
            RuntimeException unfit = null;
            int fits = 0;
            for (Map.Entry<String, Model> model : opened.entrySet()) {
                try {
                    model.getValue().withLora(file, 1);
                    all.computeIfAbsent(model.getKey(), name -> new LinkedHashMap<>())
                            .put(word.substring(0, equals), file);
                    fits++;
                } catch (RuntimeException e) { // of each kind that a LoRA can be wrong in
                    unfit = unfit == null ? e : unfit;
                }
            }
            if (fits == 0 && unfit != null) {
                throw unfit;
            }
        }
        return all;
    }
}
