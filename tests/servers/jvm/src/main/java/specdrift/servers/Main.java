package specdrift.servers;

/** Serves a variant on an ephemeral port of 127.0.0.1 and prints it. */
final class Main {

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.of(arguments);
        int port = options.variant().startsWith("tomcat-") ? TomcatServer.start(options) : SpringServer.start(options);
        System.out.println("listening on " + port);
    }
}
