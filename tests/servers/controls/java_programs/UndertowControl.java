import io.undertow.Undertow;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.List;

/** The guarded operation behind a proxy that verifies certificates: the caller is the last value of a header. */
public final class UndertowControl {

    public static void main(String[] arguments) {
        HttpString user = new HttpString("X-Forwarded-User");
        Undertow server = Undertow.builder()
                .addHttpListener(0, "127.0.0.1")
                .setHandler(exchange -> {
                    boolean known = List.of("alice", "bob").contains(
                            String.valueOf(exchange.getRequestHeaders().getLast(user)));
                    boolean exists = exchange.getRequestPath().equals("/secure");
                    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "application/json");
                    exchange.setStatusCode(!exists ? 404 : known ? 200 : 401);
                    exchange.getResponseSender().send(!exists ? "{\"error\": \"not found\"}"
                            : known ? "{\"secret\": \"for known callers\"}"
                            : "{\"error\": \"client certificate required\"}");
                })
                .build();
        server.start();
        System.out.println("listening on "
                + ((java.net.InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort());
    }
}
