import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.Context;
import org.apache.catalina.authenticator.SSLAuthenticator;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.realm.GenericPrincipal;
import org.apache.catalina.realm.RealmBase;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.LoginConfig;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.apache.tomcat.util.descriptor.web.SecurityConstraint;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;

/** Tomcat of any version 10.1: what requires the certificate is a virtual host, or constraints on methods. */
public final class TomcatControl {

    /** Knows every caller with a verified certificate. */
    static final class Everybody extends RealmBase {
        @Override
        public Principal authenticate(X509Certificate[] chain) {
            return new GenericPrincipal(chain[0].getSubjectX500Principal().getName(), List.of("caller"));
        }

        @Override
        protected String getPassword(String name) {
            return null;
        }

        @Override
        protected Principal getPrincipal(String name) {
            return null;
        }
    }

    static final class Api extends HttpServlet {
        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getDispatcherType() == DispatcherType.ERROR) {
                response.setContentType("application/json");
                response.getWriter().write("{\"error\": \"client certificate required\"}");
                return;
            }
            boolean known = List.of("/secure", "/report.json").contains(request.getRequestURI());
            boolean reads = List.of("GET", "HEAD").contains(request.getMethod());
            response.setStatus(!reads ? 405 : known ? 200 : 404);
            response.setContentType("application/json");
            response.setHeader("ETag", known ? "\"report-1\"" : "\"none\"");
            response.getWriter().write(known && reads ? "{\"secret\": \"for known callers\"}" : "{\"error\": \"not found\"}");
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            options.put(arguments[i].substring(2), arguments[i + 1]);
        }
        String variant = arguments[0];
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(System.getProperty("java.io.tmpdir"));
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("SSLEnabled", "true");
        connector.setScheme("https");
        connector.setSecure(true);
        if (variant.equals("hosts")) {
            connector.addSslHostConfig(host(options, "_default_", "none"));
            connector.addSslHostConfig(host(options, "localhost", "required"));
        } else {
            connector.addSslHostConfig(host(options, "_default_", "optional"));
        }
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "api", new Api());
        switch (variant) {
            case "extension" -> {
                SecurityConstraint both = guarded("GET", "*.json");
                both.addCollection(collection("HEAD", "*.json"));
                constrain(context, both);
            }
            case "default-servlet" -> constrain(context, open("OPTIONS", "/"), guardedBut("OPTIONS", "/"));
            default -> elsewhere(tomcat);
        }
        context.addServletMappingDecoded(variant.equals("extension") ? "*.json" : "/", "api");
        tomcat.start();
        System.out.println("listening on " + tomcat.getConnector().getLocalPort());
    }

    private static void constrain(Context context, SecurityConstraint... constraints) {
        for (SecurityConstraint constraint : constraints) {
            context.addConstraint(constraint);
        }
        ErrorPage denial = new ErrorPage();
        denial.setErrorCode(401);
        denial.setLocation("/denied.json");
        context.addErrorPage(denial);
        context.addSecurityRole("caller");
        context.setLoginConfig(new LoginConfig("CLIENT-CERT", null, null, null));
        context.setRealm(new Everybody());
        context.getPipeline().addValve(new SSLAuthenticator());
    }

    private static SecurityConstraint guarded(String method, String pattern) {
        SecurityConstraint constraint = open(method, pattern);
        constraint.setAuthConstraint(true);
        constraint.addAuthRole("caller");
        return constraint;
    }

    private static SecurityConstraint guardedBut(String method, String pattern) {
        SecurityCollection collection = new SecurityCollection();
        collection.addOmittedMethod(method);
        collection.addPatternDecoded(pattern);
        SecurityConstraint constraint = new SecurityConstraint();
        constraint.addCollection(collection);
        constraint.setAuthConstraint(true);
        constraint.addAuthRole("caller");
        return constraint;
    }

    /** Other hosts than localhost have no application. */
    private static void elsewhere(Tomcat tomcat) {
        StandardHost host = new StandardHost();
        host.setName("elsewhere");
        tomcat.getEngine().addChild(host);
        tomcat.getEngine().setDefaultHost("elsewhere");
    }

    private static SecurityConstraint open(String method, String pattern) {
        SecurityConstraint constraint = new SecurityConstraint();
        constraint.addCollection(collection(method, pattern));
        return constraint;
    }

    private static SecurityCollection collection(String method, String pattern) {
        SecurityCollection collection = new SecurityCollection();
        collection.addMethod(method);
        collection.addPatternDecoded(pattern);
        return collection;
    }

    private static SSLHostConfig host(Map<String, String> options, String name, String verification) throws Exception {
        SSLHostConfig config = new SSLHostConfig();
        config.setHostName(name);
        config.setCertificateVerification(verification);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var stream = Files.newInputStream(Path.of(options.get("client-ca")))) {
            trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        config.setTrustStore(trusted);
        var certificate = new SSLHostConfigCertificate(config, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setCertificateKeystoreFile(options.get("keystore"));
        certificate.setCertificateKeystorePassword(options.get("password"));
        certificate.setCertificateKeystoreType("PKCS12");
        config.addCertificate(certificate);
        return config;
    }
}
