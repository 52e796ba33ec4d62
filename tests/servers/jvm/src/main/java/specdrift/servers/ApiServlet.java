package specdrift.servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The test API; the guarded paths (templates) require the certificate that the container has verified. */
final class ApiServlet extends HttpServlet {

    private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";
    private static final Pattern ITEM = Pattern.compile("/items/([1-9][0-9]{0,8})");
    private static final Map<String, String> BODIES = Map.of(
            "/public", "{\"service\": \"test\"}",
            "/secure", "{\"secret\": \"for known callers\"}",
            "/optional", "{\"greeting\": \"hello, caller\"}");

    private final transient Set<String> guarded;

    ApiServlet(Set<String> guarded) {
        this.guarded = guarded;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo();
        var item = ITEM.matcher(path);
        String template = item.matches() ? "/items/{id}" : path;
        String body = item.matches() ? "{\"id\": " + item.group(1) + ", \"name\": \"item\"}" : BODIES.get(path);
        if (body == null) {
            reply(response, 404, "{\"error\": \"not found\"}");
        } else if (guarded.contains(template) && request.getAttribute(CERTIFICATES) == null) {
            reply(response, 401, "{\"error\": \"client certificate required\"}");
        } else if (!Set.of("GET", "HEAD").contains(request.getMethod())) {
            reply(response, 405, "{\"error\": \"no such method\"}");
        } else {
            reply(response, 200, body);
        }
    }

    private static void reply(HttpServletResponse response, int status, String body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.getWriter().write(body);
    }
}
