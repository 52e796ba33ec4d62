"""A gateway that switches open paths to HTTP/2, behind which one service has a guard, and the other has none."""

from __future__ import annotations

import json

import h2.config
import h2.connection
import h2.events

from tests.servers.python.api import find
from tests.servers.python.serve import GUARDED, UNGUARDED, Guarded, Guards


class SwitchesOpenPaths(Guarded):
    """Passes on Upgrade for /public, and what follows the 101. The service behind guards its paths too."""

    behind: Guards = GUARDED

    def respond(self) -> None:
        """Switch, or answer."""
        if self.path.partition("?")[0] != "/public" or self.headers.get("Upgrade") != "h2c":
            return super().respond()
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "h2c")
        self.end_headers()
        self.close_connection = True
        return self._speak_http2(self.headers.get("HTTP2-Settings", ""))

    def _speak_http2(self, settings: str) -> None:
        """Answer the request of the upgrade, and all that follow."""
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding=None))
        http.initiate_upgrade_connection(settings.encode())
        self._answer(http, 1, self.path)
        self._flush(http)
        self.connection.settimeout(5)
        try:
            while data := self.connection.recv(65536):
                for event in http.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        fields = {bytes(name): bytes(value) for name, value in event.headers or ()}
                        self._answer(http, event.stream_id, fields[b":path"].decode())
                self._flush(http)
        except OSError:
            pass

    def _flush(self, http: h2.connection.H2Connection) -> None:
        self.wfile.write(http.data_to_send())
        self.wfile.flush()

    def _answer(self, http: h2.connection.H2Connection, stream: int, path: str) -> None:
        resource = find(path, caller=None)
        allowed = resource is not None and resource.template not in self.behind
        status = "200" if allowed else "404" if resource is None else "401"
        body = resource.body if resource and allowed else {"error": "client certificate required"}
        http.send_headers(stream, [(":status", status), ("content-type", "application/json")])
        http.send_data(stream, json.dumps(body).encode(), end_stream=True)


class TunnelsPastTheGuard(SwitchesOpenPaths):
    """The service behind relies on the gateway."""

    behind = UNGUARDED


HANDLERS: dict[str, type[Guarded]] = {
    "tunnels-to-a-guard": SwitchesOpenPaths,
    "tunnels-past-the-guard": TunnelsPastTheGuard,
}
