package io.bottleneck4j.server.settings;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Residency;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a server serves, where, to whom, and how much of it at most. Immutable; each default stands at its setter. */
public final class ServerSettings {
    private static final Duration LONGEST = Duration.ofDays(7000);

    private final Map<String, ServedModel> models;
    private final List<String> names;
    private final Path data;
    private final String host;
    private final int port;
    private final Set<String> hostNames;
    private final @Nullable String database;
    private final ApiKeys keys;
    private final int queue;
    private final int images;
    private final int promptLength;
    private final long pixels;
    private final long videoPixels;
    private final int steps;
    private final long bodyBytes;
    private final Duration upload;
    private final Duration timeout;
    private final int requestsPerMinute;
    private final Duration keep;
    private final long keepBytes;
    private final boolean finishesAbandoned;
    private final boolean logsPrompts;
    private final Duration drain;

    private ServerSettings(Builder from) {
        if (from.models.isEmpty()) {
            throw new IllegalArgumentException("model: a server needs at least one; add one");
        }
        models = Map.copyOf(from.models);
        names = List.copyOf(from.models.keySet());
        data = from.data;
        host = from.host;
        port = from.port;
        hostNames = Set.copyOf(from.hostNames);
        database = from.database;
        keys = from.keys;
        queue = require("queue", from.queue, 1, 100_000);
        images = require("max-n", from.images, 1, 1000);
        promptLength = require("max-prompt", from.promptLength, 1, 1_000_000);
        pixels = require("max-pixels", from.pixels, 256, 1L << 30);
        videoPixels = require("max-video-pixels", from.videoPixels, 256, 1L << 40);
        steps = require("max-steps", from.steps, 1, 10_000);
        bodyBytes = require("max-body", from.bodyBytes, 1024, 1L << 30);
        upload = require("upload-time", from.upload, Duration.ofSeconds(1));
        timeout = require("timeout", from.timeout, Duration.ofSeconds(1));
        requestsPerMinute = require("rate-limit", from.requestsPerMinute, 0, 1_000_000);
        keep = require("keep", from.keep, Duration.ZERO);
        keepBytes = require("keep-bytes", from.keepBytes, 0, Long.MAX_VALUE);
        finishesAbandoned = from.finishesAbandoned;
        logsPrompts = from.logsPrompts;
        drain = require("drain", from.drain, Duration.ZERO);
        require("port", port, 0, 65_535);
        if (keys.isEmpty() && !isLoopback()) {
            throw new IllegalArgumentException(
                    "host: " + host + " can be reached from other machines, and there is no API key;"
                            + " make one with --new-api-key NAME, or leave the host at 127.0.0.1");
        }
    }

    private static int require(String name, int value, int least, int most) {
        return (int) require(name, (long) value, least, most);
    }

    private static long require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": must be between " + least + " and " + most + ", not " + value);
        }
        return value;
    }

    private static Duration require(String name, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(name + ": must be between " + least.toSeconds() + " s and "
                    + LONGEST.toDays() + " days, not " + value.toSeconds() + " s");
        }
        return value;
    }

    /** What it serves, by name. */
    public Map<String, ServedModel> models() {
        return models;
    }

    /** The names of the models in the order they were given. */
    public List<String> names() {
        return names;
    }

    /** The folder of the store: pictures, inputs, and SQLite's database. */
    public Path data() {
        return data;
    }

    public String host() {
        return host;
    }

    /** 0 for one that is free. */
    public int port() {
        return port;
    }

    /** Names under which a browser may reach it, beside its address. */
    public Set<String> hostNames() {
        return hostNames;
    }

    /** Of PostgreSQL, as {@code jdbc:postgresql://host/name?user=u&password=p}; null for SQLite in the folder. */
    public @Nullable String database() {
        return database;
    }

    public ApiKeys keys() {
        return keys;
    }

    /** Jobs that may wait. */
    public int queue() {
        return queue;
    }

    /** Pictures of one request. */
    public int images() {
        return images;
    }

    /** Characters of a prompt. */
    public int promptLength() {
        return promptLength;
    }

    /** Pixels of a picture, asked for or given. */
    public long pixels() {
        return pixels;
    }

    /** Pixels of a video's frames together. */
    public long videoPixels() {
        return videoPixels;
    }

    /** Steps that a request may ask for. */
    public int steps() {
        return steps;
    }

    /** Bytes of a request. */
    public long bodyBytes() {
        return bodyBytes;
    }

    /** How long a request may take to arrive. */
    public Duration upload() {
        return upload;
    }

    /** What a job may take once it runs. */
    public Duration timeout() {
        return timeout;
    }

    /** Of one client; 0 for any number. */
    public int requestsPerMinute() {
        return requestsPerMinute;
    }

    /** How long finished jobs are kept. */
    public Duration keep() {
        return keep;
    }

    /** What finished jobs may take on disk together; 0 for any size. */
    public long keepBytes() {
        return keepBytes;
    }

    /** Whether a job goes on whose client has left. */
    public boolean finishesAbandoned() {
        return finishesAbandoned;
    }

    /** Whether prompts stand in the log. */
    public boolean logsPrompts() {
        return logsPrompts;
    }

    /** How long a running job may go on when the server is asked to end. */
    public Duration drain() {
        return drain;
    }

    /** Workers, one a device. */
    public int workers() {
        return models.values().stream()
                .mapToInt(model -> model.executions().size())
                .max()
                .orElse(1);
    }

    /** Whether only this machine reaches it. */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host: there is no '" + host + "'; use 127.0.0.1 or 0.0.0.0", e);
        }
    }

    /**
     * Starts from the defaults.
     *
     * @param data the folder of the store; it is made
     */
    public static Builder builder(Path data) {
        return new Builder(data);
    }

    /** Sets what differs from the defaults. */
    public static final class Builder {
        private final Map<String, ServedModel> models = new LinkedHashMap<>();
        private final Path data;
        private String host = "127.0.0.1";
        private int port = 8080;
        private final Set<String> hostNames = new LinkedHashSet<>();
        private @Nullable String database;
        private ApiKeys keys = ApiKeys.NONE;
        private int queue = 64;
        private int images = 10;
        private int promptLength = 32_000;
        private long pixels = 2048 * 2048;
        private long videoPixels = 129L * 1280 * 720;
        private int steps = 200;
        private long bodyBytes = 25_000_000;
        private Duration upload = Duration.ofMinutes(1);
        private Duration timeout = Duration.ofHours(1);
        private int requestsPerMinute;
        private Duration keep = Duration.ofDays(30);
        private long keepBytes = 20_000_000_000L;
        private boolean finishesAbandoned;
        private boolean logsPrompts;
        private Duration drain = Duration.ofSeconds(30);

        private Builder(Path data) {
            this.data = data.toAbsolutePath();
        }

        /**
         * Serves a model; the first is taken where a request names none.
         *
         * @param name in requests
         * @param executions where it runs: one a device, or one alone
         * @param residency how long its components stay in memory; null for what fits
         * @param loras files that requests may add, by name
         */
        public Builder model(
                String name,
                Model model,
                List<Execution> executions,
                @Nullable Residency residency,
                Map<String, Path> loras) {
            if (models.put(name, new ServedModel(name, model, executions, residency, loras)) != null) {
                throw new IllegalArgumentException(
                        "model: '" + name + "' is given twice; name one of them otherwise, as NAME=MODEL");
            }
            return this;
        }

        /** Default: 127.0.0.1, which only this machine reaches. Any other needs {@linkplain #keys keys}. */
        public Builder host(String address) {
            host = address;
            return this;
        }

        /** Default: 8080; 0 takes one that is free. */
        public Builder port(int number) {
            port = number;
            return this;
        }

        /** A name that browsers and proxies may use for it, as {@code images.example.com}. Default: none but its address. */
        public Builder hostName(String name) {
            hostNames.add(name);
            return this;
        }

        /** A JDBC URL of PostgreSQL. Default: SQLite in the folder. */
        public Builder database(String url) {
            if (!url.startsWith("jdbc:postgresql:")) {
                throw new IllegalArgumentException("database: must be a JDBC URL of PostgreSQL, as"
                        + " jdbc:postgresql://localhost/bottleneck4j?user=u&password=p; leave it out for SQLite");
            }
            database = url;
            return this;
        }

        /** Who may use it. Default: none, which is everyone on this machine. */
        public Builder keys(ApiKeys who) {
            keys = who;
            return this;
        }

        /** Jobs that may wait; more are answered with 429. Default: 64. */
        public Builder queue(int jobs) {
            queue = jobs;
            return this;
        }

        /** Pictures of one request. Default: 10, as OpenAI. */
        public Builder images(int most) {
            images = most;
            return this;
        }

        /** Characters of a prompt. Default: 32,000, as OpenAI. */
        public Builder promptLength(int most) {
            promptLength = most;
            return this;
        }

        /** Pixels of a picture, asked for or given. Default: 2048 x 2048. */
        public Builder pixels(long most) {
            pixels = most;
            return this;
        }

        /** Pixels of a video, all frames together. Default: 129 x 1280 x 720. */
        public Builder videoPixels(long most) {
            videoPixels = most;
            return this;
        }

        /** Steps. Default: 200. */
        public Builder steps(int most) {
            steps = most;
            return this;
        }

        /** Bytes of a request. Default: 25 MB. */
        public Builder bodyBytes(long most) {
            bodyBytes = most;
            return this;
        }

        /** How long a request may take to arrive; the connection is closed then. Default: one minute. */
        public Builder upload(Duration longest) {
            upload = longest;
            return this;
        }

        /** What a job may take once it runs. Default: one hour. */
        public Builder timeout(Duration most) {
            timeout = most;
            return this;
        }

        /** Requests a minute of each client; 0 for any number. Default: 0. */
        public Builder requestsPerMinute(int most) {
            requestsPerMinute = most;
            return this;
        }

        /** How long finished jobs are kept. Default: 30 days. */
        public Builder keep(Duration longest) {
            keep = longest;
            return this;
        }

        /** What finished jobs may take on disk; the oldest go first. 0 for any size. Default: 20 GB. */
        public Builder keepBytes(long most) {
            keepBytes = most;
            return this;
        }

        /** Goes on with jobs whose client has left, and keeps what comes of them. Default: they are cancelled. */
        public Builder finishAbandoned() {
            finishesAbandoned = true;
            return this;
        }

        /** Writes prompts into the log. Default: not. */
        public Builder logPrompts() {
            logsPrompts = true;
            return this;
        }

        /** How long a running job may go on when the server is asked to end. Default: 30 s. */
        public Builder drain(Duration longest) {
            drain = longest;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if a value is out of range, no model is given, or others could reach a server without keys
         */
        public ServerSettings build() {
            return new ServerSettings(this);
        }
    }
}
