package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.JobStore;
import io.bottleneck4j.server.jobs.Jobs;
import io.bottleneck4j.server.settings.ServerSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** Puts the server together. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ImagesController.class, VideosController.class, Models.class, Errors.class})
public class HttpConfiguration {
    /** Threads that serve requests, each of which may wait for its job. */
    public static int threads(ServerSettings settings) {
        return Gate.threads(settings);
    }

    @Bean
    Jobs jobs(ServerSettings settings, MeterRegistry registry) {
        return new Jobs(settings, new JobStore(settings.data(), settings.database()), registry);
    }

    /** Jobs end before the requests that wait for them, which are told so; hence the latest phase, which stops first. */
    @Bean
    SmartLifecycle end(Jobs jobs, ApplicationContext context) {
        return new SmartLifecycle() {
            private volatile boolean running;

            @Override
            public void start() {
                running = true;
            }

            @Override
            public void stop() {
                running = false;
                AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
                jobs.close();
            }

            @Override
            public void stop(Runnable done) {
                stop(); // on this thread: it may take longer than Spring waits for another one
                done.run();
            }

            @Override
            public boolean isRunning() {
                return running;
            }

            @Override
            public int getPhase() {
                return Integer.MAX_VALUE;
            }
        };
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> watched() {
        return factory -> {
            factory.setProtocol(WatchedProtocol.class.getName());
            factory.addContextCustomizers(context ->
                    ((StandardHost) context.getParent()).setErrorReportValveClass(RefusedByContainer.class.getName()));
        };
    }

    @Bean
    FilterRegistrationBean<Gate> gate(ServerSettings settings) throws IOException {
        FilterRegistrationBean<Gate> gate = new FilterRegistrationBean<>(new Gate(settings, pages()));
        gate.setOrder(Ordered.HIGHEST_PRECEDENCE + 10); // behind the one that sets UTF-8
        return gate;
    }

    private static Set<String> pages() throws IOException {
        Set<String> paths = new HashSet<>(Set.of("/"));
        for (Resource file :
                Arrays.asList(new PathMatchingResourcePatternResolver().getResources("classpath:/static/**/*"))) {
            String url = file.getURL().toString();
            paths.add(url.substring(url.lastIndexOf("/static/") + "/static".length()));
        }
        return paths;
    }
}
