package io.bottleneck4j.models.folder;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Proxies as the environment names them for curl and Python, which Java does not read: https_proxy, http_proxy, all_proxy and no_proxy, in
 * small letters or, where those are unset, in capitals.
 */
final class ProxyVariables extends ProxySelector {
    private static final int HTTP_PORT = 80;

    private final Map<String, URI> proxies = new HashMap<>();
    private final List<String> direct;

    private ProxyVariables(Map<String, String> environment) {
        for (String scheme : List.of("https", "http")) {
            proxy(environment, scheme + "_proxy")
                    .or(() -> proxy(environment, "all_proxy"))
                    .ifPresent(proxy -> proxies.put(scheme, proxy));
        }
        direct = Arrays.stream(
                        value(environment, "no_proxy").toLowerCase(Locale.ROOT).split("[,\\s]+"))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /**
     * What an environment says; empty where it names no proxy.
     *
     * @throws IllegalArgumentException if a variable holds no address of a proxy of HTTP
     */
    static Optional<ProxyVariables> of(Map<String, String> environment) {
        ProxyVariables variables = new ProxyVariables(environment);
        return variables.proxies.isEmpty() ? Optional.empty() : Optional.of(variables);
    }

    private static String value(Map<String, String> environment, String name) {
        String small = environment.getOrDefault(name, "").strip();
        return small.isEmpty()
                ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "").strip()
                : small;
    }

    private static Optional<URI> proxy(Map<String, String> environment, String name) {
        String value = value(environment, name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            URI address = new URI(value.contains("://") ? value : "http://" + value);
            if ("http".equalsIgnoreCase(address.getScheme()) && address.getHost() != null) {
                return Optional.of(address);
            }
        } catch (URISyntaxException e) {
            // told below, without the value, which may hold a password
        }
        throw new IllegalArgumentException(name.toUpperCase(Locale.ROOT)
                + ": must be the address of a proxy that speaks HTTP, as http://proxy.example.com:3128; SOCKS and"
                + " proxies behind TLS are not spoken to");
    }

    /**
     * Makes a client ask them, with the user and password that an address holds. On the way to HTTPS Java shows them only where the property
     * {@code jdk.http.auth.tunneling.disabledSchemes} does not name Basic.
     */
    void set(HttpClient.Builder builder) {
        builder.proxy(this);
        if (proxies.values().stream().anyMatch(proxy -> proxy.getRawUserInfo() != null)) {
            builder.authenticator(new Passwords());
        }
    }

    @Override
    public List<Proxy> select(URI address) {
        URI proxy = proxies.get(address.getScheme().toLowerCase(Locale.ROOT));
        return List.of(
                proxy == null || isDirect(address)
                        ? Proxy.NO_PROXY
                        : new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port(proxy))));
    }

    private static int port(URI proxy) {
        return proxy.getPort() < 0 ? HTTP_PORT : proxy.getPort();
    }

    /** Whether no_proxy names the host, or a domain that it is of; * names all. */
    private boolean isDirect(URI address) {
        String host = String.valueOf(address.getHost()).toLowerCase(Locale.ROOT);
        return direct.stream().anyMatch(name -> {
            String domain = name.replaceFirst("^\\*?\\.", "");
            return name.equals("*")
                    || host.equals(domain)
                    || (host + ":" + address.getPort()).equals(domain)
                    || host.endsWith("." + domain);
        });
    }

    @Override
    public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
        // the request fails, which is told
    }

    /** Of the proxies, for nobody else. */
    private final class Passwords extends Authenticator {
        @Override
        protected @Nullable PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY) {
                return null;
            }
            return proxies.values().stream()
                    .filter(proxy -> proxy.getRawUserInfo() != null)
                    .filter(proxy ->
                            proxy.getHost().equalsIgnoreCase(getRequestingHost()) && port(proxy) == getRequestingPort())
                    .findFirst()
                    .map(proxy -> credentials(proxy.getRawUserInfo()))
                    .orElse(null);
        }

        private PasswordAuthentication credentials(String user) {
            int colon = user.indexOf(':');
            String name = colon < 0 ? user : user.substring(0, colon);
            String password = colon < 0 ? "" : user.substring(colon + 1);
            return new PasswordAuthentication(decoded(name), decoded(password).toCharArray());
        }

        private String decoded(String text) {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        }
    }
}
