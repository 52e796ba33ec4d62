"""The test API over plain HTTP, for whoever reaches it."""

# ruff: noqa: T201 (standard output is what the harness reads the port from)
from __future__ import annotations

from http.server import ThreadingHTTPServer

from tests.servers.python.api import find
from tests.servers.python.tls import Handler


class Backend(Handler):
    """Answers everyone, and knows nobody."""

    def respond(self) -> None:
        """Answer what is asked for."""
        resource = find(self.path, caller=None)
        if resource is None:
            return self.reply(404, {"error": "not found"})
        return self.reply(200, resource.body)


class Server(ThreadingHTTPServer):
    """A thread for each connection that stunnel opens."""

    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Serve on an ephemeral port of 127.0.0.1 and print it."""
    server = Server(("127.0.0.1", 0), Backend)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
