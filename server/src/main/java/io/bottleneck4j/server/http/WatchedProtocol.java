package io.bottleneck4j.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1, which knows two things more of the client of the present request: whether it is still there, and how long it may take to
 * send what it has to send. Its methods are asked on the thread that serves the request.
 *
 * <p>A servlet learns that a client has left only when it writes to it, and a request for a picture writes nothing until the picture is
 * made. A connection that is closed reads as ended. What is read instead, the beginning of a next request, is put back. A client that closes
 * its sending half has left too, as for nginx.
 *
 * <p>Tomcat limits the time of each read, so that a client which sends a byte a second holds a thread for days. Here the connection of
 * such a one is closed.
 */
public final class WatchedProtocol extends Http11NioProtocol {
    private static final Duration HEADERS = Duration.ofSeconds(60);
    private static final ThreadLocal<Watched> PRESENT = new ThreadLocal<>();

    @Override
    protected Processor createProcessor() {
        return new Watched(this, getAdapter());
    }

    /** Whether the client has closed its connection. */
    static boolean clientHasLeft() {
        Watched present = PRESENT.get();
        return present != null && present.hasEnded();
    }

    /** Closes the connection after a while, unless it is told {@link #received} by then, or the request has ended. */
    static void limit(Duration longest) {
        Watched present = PRESENT.get();
        if (present != null) {
            present.arm(longest);
        }
    }

    /** All that was to be read is read: what the answer takes is not the client's doing. */
    static void received() {
        Watched present = PRESENT.get();
        if (present != null) {
            present.disarm();
        }
    }

    /** Whether the request was read to its end. */
    static boolean isRead() {
        Watched present = PRESENT.get();
        return present == null || present.isFullyRead();
    }

    /** Whether what is left of so many bytes has come already, so that reading it takes no time. */
    static boolean isHere(long bytes) {
        Watched present = PRESENT.get();
        return present == null || (bytes >= 0 && present.arrived() >= bytes);
    }

    /** The same, for bytes that may still be on their way. */
    static boolean isSoonHere(long bytes, Duration longest) {
        long end = System.nanoTime() + longest.toNanos();
        try {
            while (!isHere(bytes)) {
                if (System.nanoTime() - end > 0) {
                    return false;
                }
                Thread.sleep(2);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Reads what is left of the request, which no servlet wants, until its end or that of its time. */
    static void readOn() {
        Watched present = PRESENT.get();
        if (present != null) {
            present.skip();
        }
    }

    /** Reads no more of the request, and closes the connection after the answer. */
    static void drop() {
        Watched present = PRESENT.get();
        if (present != null) {
            present.action(ActionCode.DISABLE_SWALLOW_INPUT, null);
        }
    }

    private static final class Watched extends Http11Processor {
        private final ScheduledExecutorService clock;
        private @Nullable SocketWrapperBase<?> connection;
        private @Nullable ScheduledFuture<?> end;

        Watched(AbstractHttp11Protocol<?> protocol, @Nullable Adapter adapter) {
            super(protocol, adapter);
            clock = protocol.getUtilityExecutor();
        }

        @Override
        public SocketState service(SocketWrapperBase<?> socket) throws IOException {
            connection = socket;
            PRESENT.set(this);
            if (end == null) {
                arm(HEADERS);
            }
            SocketState state = SocketState.CLOSED;
            try {
                state = super.service(socket);
                return state;
            } finally {
                PRESENT.remove();
                if (state != SocketState.LONG) { // as it is while headers have come in part
                    disarm();
                    connection = null;
                }
            }
        }

        private void arm(Duration longest) {
            disarm();
            SocketWrapperBase<?> socket = connection;
            if (socket != null) {
                end = clock.schedule(socket::close, longest.toMillis(), TimeUnit.MILLISECONDS);
            }
        }

        private void disarm() {
            if (end != null) {
                end.cancel(false);
                end = null;
            }
        }

        private boolean hasEnded() {
            SocketWrapperBase<?> socket = connection;
            if (socket == null || socket.isClosed()) {
                return true;
            }
            ByteBuffer buffer = ByteBuffer.allocate(1);
            try {
                int read = socket.read(false, buffer);
                if (read > 0) {
                    buffer.flip();
                    socket.unRead(buffer);
                }
                return read < 0;
            } catch (IOException e) {
                return true;
            }
        }

        private boolean isFullyRead() {
            return isRequestBodyFullyRead();
        }

        private void skip() {
            try {
                Skipped skipped = new Skipped();
                while (request.doRead(skipped) >= 0) {
                    // until its end
                }
            } catch (IOException e) {
                // the client is gone, or too slow
            }
        }

        private int arrived() {
            return available(true);
        }
    }

    /** Bytes that nobody looks at. */
    private static final class Skipped implements ApplicationBufferHandler {
        private @Nullable ByteBuffer bytes;

        @Override
        public void setByteBuffer(@Nullable ByteBuffer buffer) {
            bytes = buffer;
        }

        @Override
        public @Nullable ByteBuffer getByteBuffer() {
            return bytes;
        }

        @Override
        public void expand(int size) {
            // nothing is kept
        }
    }
}
