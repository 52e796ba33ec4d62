package specdrift.servers;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** /guarded (by Spring Security), /late, /open and /eager; a method with a body starts after the body was read. */
@RestController
class ExpectController {

    @PostMapping({"/guarded", "/open"})
    ResponseEntity<Map<String, String>> order(HttpServletRequest request, @RequestBody String body) {
        log(request, body);
        return created();
    }

    @PostMapping("/late")
    ResponseEntity<Map<String, String>> late(HttpServletRequest request, @RequestBody String body) {
        log(request, body);
        boolean known = ExpectServlet.caller(request).equals("valid");
        return known ? created() : ResponseEntity.status(HttpStatus.FORBIDDEN).body(Map.of("answer", "no"));
    }

    @PostMapping("/eager")
    ResponseEntity<Map<String, String>> eager(HttpServletRequest request) {
        System.out.println("handler /eager " + ExpectServlet.caller(request));
        return created();
    }

    private static void log(HttpServletRequest request, String body) {
        String who = request.getRequestURI() + " " + ExpectServlet.caller(request);
        System.out.println("handler " + who);
        System.out.println("body " + who + " " + body.length());
    }

    private static ResponseEntity<Map<String, String>> created() {
        return ResponseEntity.status(HttpStatus.CREATED).body(Map.of("answer", "order created"));
    }
}
