package specdrift.servers;

import java.util.HashMap;
import java.util.Map;

/** The command line that every program of the test servers takes: a variant, then pairs of option and value. */
record Options(String variant, Map<String, String> values) {

    private static final Map<String, String> VERSIONS =
            Map.of("1.2", "TLSv1.2", "1.3", "TLSv1.3", "1.2-1.3", "TLSv1.2,TLSv1.3");

    static Options of(String[] arguments) {
        Map<String, String> values = new HashMap<>();
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            values.put(arguments[i], arguments[i + 1]);
        }
        return new Options(arguments[0], values);
    }

    String get(String option) {
        return values.get(option);
    }

    /** The enabled protocols as Java names them, with commas between. */
    String protocols() {
        return VERSIONS.get(get("--tls"));
    }
}
