import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.springframework.security.web.authentication.preauth.x509.X509PrincipalExtractor;

/** A server that takes the caller's name from an extractor of Spring Security; the first argument is its class. */
public final class SpringControl {

    private static final String PACKAGE = "org.springframework.security.web.authentication.preauth.x509.";
    private static X509PrincipalExtractor extractor;

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].substring(2), arguments[i + 1]);
        }
        Class<?> named = Class.forName(PACKAGE + arguments[0]);
        extractor = (X509PrincipalExtractor) named.getDeclaredConstructor().newInstance();
        char[] password = options.get("password").toCharArray();
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (var stream = Files.newInputStream(Path.of(options.get("keystore")))) {
            own.load(stream, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, password);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var stream = Files.newInputStream(Path.of(options.get("client-ca")))) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 128);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                wanted.setWantClientAuth(true);
                parameters.setSSLParameters(wanted);
            }
        });
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", SpringControl::answer);
        server.start();
        System.out.println("listening on " + server.getAddress().getPort());
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        boolean known = path.equals("/secure");
        boolean allowed = "alice".equals(caller((HttpsExchange) exchange));
        int status = !known ? 404 : allowed ? 200 : 401;
        String body = status == 200 ? "{\"secret\": \"for alice\"}" : "{\"error\": \"no\"}";
        byte[] bytes = body.getBytes();
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }

    private static String caller(HttpsExchange exchange) {
        try {
            var chain = exchange.getSSLSession().getPeerCertificates();
            return String.valueOf(extractor.extractPrincipal((X509Certificate) chain[0]));
        } catch (SSLPeerUnverifiedException absent) {
            return "";
        } catch (RuntimeException refused) {
            return "";
        }
    }
}
