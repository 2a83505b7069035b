package io.bottleneck4j.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1, which can be asked whether the client of the present request is still there. A servlet learns that a client has left
 * only when it writes to it, and a request for a picture writes nothing until the picture is made.
 *
 * <p>A connection that is closed reads as ended. What is read instead, the beginning of a next request, is put back. Only the thread that
 * serves the request asks, so nobody else reads meanwhile. A client that closes its sending half has left too, as for nginx.
 */
public final class WatchedProtocol extends Http11NioProtocol {
    private static final ThreadLocal<SocketWrapperBase<?>> CONNECTION = new ThreadLocal<>();

    @Override
    protected Processor createProcessor() {
        return new Watched(this, getAdapter());
    }

    /** Whether the client of the request that this thread serves has closed its connection. */
    static boolean clientHasLeft() {
        SocketWrapperBase<?> connection = CONNECTION.get();
        return connection != null && hasEnded(connection);
    }

    private static boolean hasEnded(SocketWrapperBase<?> connection) {
        if (connection.isClosed()) {
            return true;
        }
        ByteBuffer buffer = ByteBuffer.allocate(1);
        try {
            int read = connection.read(false, buffer);
            if (read > 0) {
                buffer.flip();
                connection.unRead(buffer);
            }
            return read < 0;
        } catch (IOException e) {
            return true;
        }
    }

    private static final class Watched extends Http11Processor {
        Watched(AbstractHttp11Protocol<?> protocol, @Nullable Adapter adapter) {
            super(protocol, adapter);
        }

        @Override
        public SocketState service(SocketWrapperBase<?> connection) throws IOException {
            CONNECTION.set(connection);
            try {
                return super.service(connection);
            } finally {
                CONNECTION.remove();
            }
        }
    }
}
