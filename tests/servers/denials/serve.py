"""Serves one variant: a refusal, and the paths with a fault."""

from __future__ import annotations

import argparse
import ssl
import sys
from typing import TYPE_CHECKING

from tests.servers.denials.refusals import REFUSALS, TEXT, Refusal, with_data
from tests.servers.denials.resources import HINTS, RESOURCES, Body
from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

if TYPE_CHECKING:
    from collections.abc import Callable


FAULTS = ("forgotten", "continuing", "enclosing", "hinting")


class Api(Handler):
    """Every operation of openapi.yaml needs a verified certificate, but /health."""

    refuse: Callable[[str], Refusal]
    forgotten = ""
    """Path without a guard."""
    continuing = ""
    """Path whose guard sets the status of the refusal, and the handler runs on."""
    enclosing = ""
    """Path whose refusal holds all of the data."""
    hinting = ""
    """Path whose refusal holds a part of the data."""

    def respond(self) -> None:
        """Answer GET and HEAD."""
        path = self.path.partition("?")[0]
        if path == "/health":
            return self.send(200, Body.json({"health": "ok"}))
        if path not in RESOURCES:
            return self.send(404, Body(TEXT, b"404\n"))
        data = RESOURCES[path]()
        if self.caller or path == self.forgotten:
            return self.send(200, data)
        refusal = type(self).refuse(path)
        if path == self.continuing:
            refusal = Refusal(refusal.status, data, refusal.headers)
        if path == self.enclosing:
            refusal = with_data(refusal, data.text)
        if path == self.hinting:
            refusal = with_data(refusal, HINTS[path])
        return self.send(refusal.status, refusal.body, refusal.headers)

    def send(self, status: int, body: Body, headers: tuple[tuple[str, str], ...] = ()) -> None:
        """Write one response."""
        self.send_response(status)
        if body.media_type:
            self.send_header("Content-Type", body.media_type)
        self.send_header("Content-Length", str(len(body.content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.content)


def main() -> None:
    """Serve what the command line names: after a `--` the refusal, and the path of each fault."""
    at = sys.argv.index("--")
    own = argparse.ArgumentParser()
    own.add_argument("refusal", choices=REFUSALS)
    for fault in FAULTS:
        own.add_argument(f"--{fault}", default="")
    chosen = own.parse_args(sys.argv[at + 1 :])
    del sys.argv[at:]
    members = {fault: getattr(chosen, fault) for fault in FAULTS}
    members["refuse"] = staticmethod(REFUSALS[chosen.refusal])
    handler = type("Chosen", (Api,), members)
    TlsServer(server_context(arguments(), ssl.CERT_OPTIONAL), handler).announce_and_serve()


if __name__ == "__main__":
    main()
