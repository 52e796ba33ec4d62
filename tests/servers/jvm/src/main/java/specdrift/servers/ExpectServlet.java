package specdrift.servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.cert.X509Certificate;

/** /guarded, /late, /open and /eager; logs when the handler starts and when the body is complete. */
final class ExpectServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    static String caller(HttpServletRequest request) {
        var chain = (X509Certificate[]) request.getAttribute("jakarta.servlet.request.X509Certificate");
        return chain == null ? "anonymous" : "valid";
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo();
        String caller = caller(request);
        boolean known = caller.equals("valid");
        if (path.equals("/guarded") && !known) {
            reply(response, 403, "certificate required");
            return;
        }
        System.out.println("handler " + path + " " + caller);
        if (!path.equals("/eager")) {
            int length = request.getInputStream().readAllBytes().length;
            System.out.println("body " + path + " " + caller + " " + length);
        }
        if (path.equals("/late") && !known) {
            reply(response, 403, "certificate required");
            return;
        }
        reply(response, 201, "order created");
    }

    private static void reply(HttpServletResponse response, int status, String text) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.getWriter().print("{\"answer\": \"" + text + "\"}");
    }
}
