package specdrift.servers;

import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** The test API. */
@RestController
class ApiController {

    @GetMapping("/public")
    Map<String, Object> service() {
        return Map.of("service", "test");
    }

    @GetMapping("/secure")
    Map<String, Object> secret() {
        return Map.of("secret", "for known callers");
    }

    @GetMapping("/items/{id:[1-9][0-9]{0,8}}")
    Map<String, Object> item(@PathVariable("id") int id) {
        return Map.of("id", id, "name", "item " + id);
    }

    @GetMapping("/optional")
    Map<String, Object> greeting() {
        return Map.of("greeting", "hello, caller");
    }
}
