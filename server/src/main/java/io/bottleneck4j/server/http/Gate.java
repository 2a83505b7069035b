package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.Fields;
import io.bottleneck4j.server.settings.ServerSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What every request passes: headers that make browsers careful, the check that no other site's page asks, the key, the rate, and how many
 * of one client's requests are served at once.
 *
 * <p>Without keys whoever is on this machine may ask, and so might any web page that is open on it. Hence a request with an {@code Origin}
 * that is not the server's own is refused, and so is one for a host name that the server was not told, which a page could have pointed here.
 *
 * <p>A request holds a thread until it is answered. So that clients which send or read slowly do not hold all of them, what they send has to
 * come within a time, and one client holds {@link #ofOneClient} at most. One request more is let in nonetheless if it has come whole: then only
 * the queue can let it wait, which has its own limit. A small one is given a moment for that, since most clients send the body after the headers.
 */
final class Gate extends OncePerRequestFilter {
    private static final String CLIENT = Gate.class.getName();
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
                    + " form-action 'self'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()");
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> HEALTH = Set.of("/health", "/health/liveness", "/health/readiness");
    private static final String BEARER = "bearer ";
    private static final int FAILED_PER_MINUTE = 20;

    /** Requests of a client beside those that wait for their job: what it sends, what it reads, what it asks of the gallery. */
    private static final int BESIDE_JOBS = 64;

    /** Threads that one client alone cannot hold. */
    private static final int FOR_OTHERS = 128;

    /** Of requests that are answered before they were read. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    private static final int LINGERING = 16;

    /** What a client sends as one packet, right after the headers, and how long that may take on a busy machine. */
    private static final int SMALL_BODY = 8 << 10;

    private static final Duration MOMENT = Duration.ofSeconds(1);

    private final ServerSettings settings;
    private final Set<String> pages;
    private final Rates rates = new Rates();
    private final Rates failures = new Rates();
    private final Map<String, Integer> served = new ConcurrentHashMap<>();
    private final Semaphore lingering = new Semaphore(LINGERING);
    private final Semaphore arriving = new Semaphore(LINGERING);

    /**
     * For a server.
     *
     * @param pages paths of the page's files, which hold nothing of anyone
     */
    Gate(ServerSettings settings, Set<String> pages) {
        this.settings = settings;
        this.pages = Set.copyOf(pages);
    }

    /** Threads that a server needs. */
    static int threads(ServerSettings settings) {
        return ofOneClient(settings) + FOR_OTHERS;
    }

    private static int ofOneClient(ServerSettings settings) {
        return settings.queue() + settings.workers() + BESIDE_JOBS;
    }

    /** Who asks: the name of the key, or {@code local}. */
    static String client(HttpServletRequest in) {
        return Objects.requireNonNullElse((String) in.getAttribute(CLIENT), "local");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest in, HttpServletResponse out, FilterChain next)
            throws ServletException, IOException {
        HEADERS.forEach(out::setHeader);
        String path = in.getRequestURI();
        boolean isPage = Set.of("GET", "HEAD").contains(in.getMethod()) && pages.contains(path);
        if (!isPage) {
            out.setHeader("Cache-Control", "no-store");
        }
        boolean hasBody = in.getContentLengthLong() > 0 || in.getHeader("Transfer-Encoding") != null;
        if (hasBody) {
            WatchedProtocol.limit(settings.upload().plus(LINGER)); // JSON is told before that it was too slow
        } else {
            WatchedProtocol.received();
        }
        try {
            requireOwnHost(in);
            requireOwnOrigin(in);
            if (HEALTH.contains(path)) {
                next.doFilter(in, out);
            } else if (isPage) {
                serve("anyone at " + in.getRemoteAddr(), in, out, next);
            } else {
                String client = requireClient(in);
                in.setAttribute(CLIENT, client);
                requireRate(client);
                serve(client, in, out, next);
            }
        } catch (ApiException e) {
            Answers.error(out, e);
        }
        if (hasBody && !WatchedProtocol.isRead()) {
            linger(in, out);
        }
    }

    private void serve(String client, HttpServletRequest in, HttpServletResponse out, FilterChain next)
            throws ServletException, IOException {
        int now = served.merge(client, 1, Integer::sum);
        try {
            if (now > ofOneClient(settings) && !isHere(in)) {
                throw ApiException.busy(
                        "too_many_requests",
                        "requests: " + (now - 1) + " of this client are served already; let some end",
                        Duration.ofSeconds(5));
            }
            next.doFilter(in, out);
        } finally {
            served.computeIfPresent(client, (name, count) -> count == 1 ? null : count - 1);
        }
    }

    private boolean isHere(HttpServletRequest in) {
        long bytes = in.getContentLengthLong();
        if (bytes <= 0) {
            return false;
        }
        if (bytes > SMALL_BODY || !arriving.tryAcquire()) {
            return WatchedProtocol.isHere(bytes);
        }
        try {
            return WatchedProtocol.isSoonHere(bytes, MOMENT);
        } finally {
            arriving.release();
        }
    }

    /**
     * Reads a little of what was not read: a connection that is closed before may lose the answer on its way. Who waits for leave to send
     * has not begun.
     */
    private void linger(HttpServletRequest in, HttpServletResponse out) throws IOException {
        if (in.getHeader("Expect") == null && lingering.tryAcquire()) {
            try {
                out.flushBuffer();
                WatchedProtocol.limit(LINGER);
                WatchedProtocol.readOn();
            } finally {
                lingering.release();
            }
        }
        if (!WatchedProtocol.isRead()) {
            WatchedProtocol.drop();
        }
    }

    private void requireOwnHost(HttpServletRequest in) {
        String host = in.getHeader("Host");
        if (host == null || !settings.isLoopback()) {
            return;
        }
        String name = name(host);
        if (!LOOPBACK.contains(name) && !settings.hostNames().contains(name)) {
            throw ApiException.request(
                    403,
                    null,
                    "foreign_host",
                    "host: this server was not told that its name is " + Fields.shortened(name)
                            + "; start it with --host-name");
        }
    }

    private static String name(String host) {
        return host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    }

    private static void requireOwnOrigin(HttpServletRequest in) {
        String origin = in.getHeader("Origin");
        if (origin == null) {
            return;
        }
        String own = String.valueOf(in.getHeader("Host")).toLowerCase(Locale.ROOT);
        if (!origin.toLowerCase(Locale.ROOT).replaceFirst("^https?://", "").equals(own)) {
            throw ApiException.request(
                    403,
                    null,
                    "foreign_origin",
                    "origin: pages of other sites may not ask this server; open its own page");
        }
    }

    private String requireClient(HttpServletRequest in) {
        if (settings.keys().isEmpty()) {
            return "local";
        }
        String address = in.getRemoteAddr();
        if (failures.isOver(address, FAILED_PER_MINUTE)) {
            throw ApiException.busy(
                    "too_many_wrong_keys", "key: too many were wrong; wait a minute", Duration.ofMinutes(1));
        }
        String client = client(in.getHeader("Authorization"));
        if (client == null) {
            failures.count(address);
            throw ApiException.unauthorized("key: this server needs one; send it as Authorization: Bearer KEY");
        }
        return client;
    }

    private @Nullable String client(@Nullable String authorization) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            return null;
        }
        return settings.keys().client(authorization.substring(BEARER.length()).strip());
    }

    private void requireRate(String client) {
        int most = settings.requestsPerMinute();
        if (most > 0 && rates.isOver(client, most)) {
            throw ApiException.busy(
                    "rate_limit_exceeded",
                    "rate: more than " + most + " requests in a minute; wait a little",
                    Duration.ofSeconds(10));
        }
        rates.count(client);
    }
}
