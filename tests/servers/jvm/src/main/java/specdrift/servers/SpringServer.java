package specdrift.servers;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.web.SecurityFilterChain;

/** Spring Boot with Spring Security's X.509 authentication; variants differ in three settings. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ApiController.class, ExpectController.class})
class SpringServer {

    /** What the listener requires, the open paths, and how a subject becomes a user's name. */
    private record Variant(String clientAuth, String[] open, String regex) {}

    private static final String[] DOCUMENTED = {"/public", "/optional"};
    private static final String[] ITEMS_TOO = {"/public", "/optional", "/items/**"};
    private static final String NAME = "CN=(.*?)(?:,|$)";
    private static final String NAME_AND_ALL_THAT_FOLLOWS = "CN=(.*)";
    private static final Map<String, Variant> VARIANTS = Map.of(
            "spring-expect", new Variant("want", new String[] {"/late", "/open", "/eager"}, NAME),
            "spring-need-all", new Variant("need", DOCUMENTED, NAME),
            "spring-want-x509", new Variant("want", DOCUMENTED, NAME),
            "spring-want-unguarded", new Variant("want", ITEMS_TOO, NAME),
            "spring-want-wrong-regex", new Variant("want", DOCUMENTED, NAME_AND_ALL_THAT_FOLLOWS));
    private static final Set<String> USERS = Set.of("alice", "bob");

    static int start(Options options) {
        SpringApplication application = new SpringApplication(SpringServer.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setDefaultProperties(properties(options));
        var context = (ServletWebServerApplicationContext) application.run();
        return context.getWebServer().getPort();
    }

    private static Map<String, Object> properties(Options options) {
        Map<String, Object> properties = new HashMap<>();
        properties.put("variant", options.variant());
        properties.put("server.address", "127.0.0.1");
        properties.put("server.port", "0");
        properties.put("server.ssl.client-auth", VARIANTS.get(options.variant()).clientAuth());
        properties.put("server.ssl.enabled-protocols", options.protocols());
        properties.put("server.ssl.certificate", options.get("--cert"));
        properties.put("server.ssl.certificate-private-key", options.get("--key"));
        properties.put("server.ssl.trust-certificate", options.get("--client-ca"));
        return properties;
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, Environment environment) throws Exception {
        Variant variant = VARIANTS.get(environment.getProperty("variant"));
        if (environment.getProperty("variant").endsWith("-expect")) {
            http.csrf(csrf -> csrf.disable());
        }
        return http.sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                .authorizeHttpRequests(requests -> requests.requestMatchers(variant.open())
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .x509(x509 -> x509.subjectPrincipalRegex(variant.regex()).userDetailsService(SpringServer::user))
                .build();
    }

    private static UserDetails user(String name) {
        if (!USERS.contains(name)) {
            throw new UsernameNotFoundException(name);
        }
        return User.withUsername(name).password("").authorities("caller").build();
    }
}
