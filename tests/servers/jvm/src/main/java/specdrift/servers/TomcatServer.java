package specdrift.servers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.Set;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/** Embedded Tomcat; variants differ in what the connector requires and what the servlet guards. */
final class TomcatServer {

    private record Variant(String verification, Set<String> guarded) {}

    private static final Set<String> NOTHING = Set.of();
    private static final Set<String> GUARDED = Set.of("/secure", "/items/{id}");
    private static final Map<String, Variant> VARIANTS = Map.of(
            "tomcat-expect", new Variant("optional", NOTHING),
            "tomcat-need", new Variant("required", NOTHING),
            "tomcat-want-guarded", new Variant("optional", GUARDED),
            "tomcat-want-fetches", new Variant("optional", GUARDED),
            "tomcat-want-fetches-nothing", new Variant("optional", GUARDED),
            "tomcat-want-unguarded", new Variant("optional", Set.of("/secure")),
            "tomcat-want-trust-all", new Variant("optional", GUARDED));

    private TomcatServer() {}

    static int start(Options options) throws Exception {
        Variant variant = VARIANTS.get(options.variant());
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        tomcat.setConnector(connector(options, variant));
        var context = tomcat.addContext("", null);
        boolean expect = options.variant().endsWith("-expect");
        Tomcat.addServlet(context, "api", expect ? new ExpectServlet() : new ApiServlet(variant.guarded()));
        context.addServletMappingDecoded("/*", "api");
        tomcat.start();
        return tomcat.getConnector().getLocalPort();
    }

    private static Connector connector(Options options, Variant variant) throws Exception {
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("SSLEnabled", "true");
        connector.setScheme("https");
        connector.setSecure(true);
        connector.addSslHostConfig(hostConfig(options, variant));
        return connector;
    }

    private static SSLHostConfig hostConfig(Options options, Variant variant) throws Exception {
        SSLHostConfig config = new SSLHostConfig();
        config.setProtocols("+" + options.protocols().replace(",", "+"));
        config.setCertificateVerification(variant.verification());
        if (options.variant().endsWith("-trust-all")) {
            config.setTrustManagerClassName(TrustAll.class.getName());
        } else {
            config.setTrustStore(trustStore(Path.of(options.get("--client-ca"))));
            config.setCertificateRevocationListFile(options.get("--crl"));
        }
        var certificate = new SSLHostConfigCertificate(config, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setCertificateKeystoreFile(options.get("--keystore"));
        certificate.setCertificateKeystorePassword(options.get("--password"));
        certificate.setCertificateKeystoreType("PKCS12");
        config.addCertificate(certificate);
        return config;
    }

    private static KeyStore trustStore(Path pem) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (var stream = Files.newInputStream(pem)) {
            store.setCertificateEntry("client-ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        return store;
    }
}
