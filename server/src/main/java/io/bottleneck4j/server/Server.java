package io.bottleneck4j.server;

import io.bottleneck4j.server.http.HttpConfiguration;
import io.bottleneck4j.server.settings.ServerSettings;
import java.net.BindException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** A server that runs. */
public final class Server implements AutoCloseable {
    private final ConfigurableApplicationContext context;

    private Server(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Starts a server, which answers when this returns.
     *
     * @throws IllegalArgumentException if its folder, database or port cannot be used
     */
    public static Server start(ServerSettings settings) {
        if (System.getProperty(LoggingSystem.SYSTEM_PROPERTY) == null) {
            System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE); // whoever starts it configures SLF4J
        }
        ApplicationContextInitializer<GenericApplicationContext> given =
                context -> context.registerBean(ServerSettings.class, () -> settings);
        try {
            return new Server(new SpringApplicationBuilder(HttpConfiguration.class)
                    .web(WebApplicationType.SERVLET)
                    .initializers(given)
                    .properties(properties(settings))
                    .registerShutdownHook(false)
                    .logStartupInfo(false)
                    .bannerMode(Banner.Mode.OFF)
                    .run());
        } catch (RuntimeException e) {
            throw told(e);
        }
    }

    /** The reason that Spring wraps. */
    private static RuntimeException told(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IllegalArgumentException usage
                    && String.valueOf(usage.getMessage()).matches("(data|database): .*")) {
                return usage;
            }
            if (cause instanceof BindException || cause instanceof PortInUseException) {
                return new IllegalArgumentException(
                        "port: cannot be used: " + cause.getMessage() + "; name another with --port", failure);
            }
        }
        return failure;
    }

    private static Map<String, Object> properties(ServerSettings settings) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("server.address", settings.host());
        properties.put("server.port", settings.port());
        properties.put("server.server-header", "");
        properties.put("server.shutdown", "graceful");
        properties.put("server.error.whitelabel.enabled", false);
        if (!settings.hostNames().isEmpty()) { // a proxy is before it, which says how it was asked
            properties.put("server.forward-headers-strategy", "native");
        }
        properties.put("server.tomcat.threads.max", HttpConfiguration.threads(settings));
        properties.put("server.tomcat.connection-timeout", "20s");
        properties.put("server.tomcat.max-swallow-size", settings.bodyBytes());
        properties.put("server.tomcat.max-http-form-post-size", settings.bodyBytes());
        properties.put("server.tomcat.max-part-count", 64);
        properties.put("spring.lifecycle.timeout-per-shutdown-phase", "20s");
        properties.put("spring.main.lazy-initialization", false);
        properties.put("spring.servlet.multipart.max-file-size", settings.bodyBytes());
        properties.put("spring.servlet.multipart.max-request-size", settings.bodyBytes());
        properties.put("spring.servlet.multipart.resolve-lazily", true);
        properties.put("spring.servlet.multipart.strict-servlet-compliance", true);
        properties.put("spring.mvc.publish-request-handled-events", false);
        properties.put("management.endpoints.access.default", "none");
        properties.put("management.endpoint.health.access", "read-only");
        properties.put("management.endpoint.prometheus.access", "read-only");
        properties.put("management.endpoints.web.base-path", "/");
        properties.put("management.endpoints.web.discovery.enabled", false);
        properties.put("management.endpoints.web.exposure.include", "health,prometheus");
        properties.put("management.endpoints.web.path-mapping.prometheus", "metrics");
        properties.put("management.endpoint.health.probes.enabled", true);
        return properties;
    }

    /** Where it listens. */
    public int port() {
        return Integer.parseInt(String.valueOf(context.getEnvironment().getProperty("local.server.port")));
    }

    /** Ends it: what runs may go on for the time that the settings say. */
    @Override
    public void close() {
        context.close();
    }
}
