"""An API server on loopback: it lists resources, and keeps watches open in which nothing happens."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
KINDS = {
    "ingressroutes": "IngressRoute",
    "ingressroutetcps": "IngressRouteTCP",
    "ingressrouteudps": "IngressRouteUDP",
    "middlewares": "Middleware",
    "middlewaretcps": "MiddlewareTCP",
    "tlsoptions": "TLSOption",
    "tlsstores": "TLSStore",
    "traefikservices": "TraefikService",
    "serverstransports": "ServersTransport",
    "serverstransporttcps": "ServersTransportTCP",
    "services": "Service",
    "secrets": "Secret",
    "configmaps": "ConfigMap",
    "nodes": "Node",
    "endpointslices": "EndpointSlice",
}
"""Kinds that the provider lists, by their names in paths."""
_PATH = re.compile(r"/apis?/((?:[\w.]+/)?v\w+)(?:/namespaces/([^/]+))?/(\w+)\Z")
_TEST = re.compile(r"([\w./-]+)(!?=)(.*)\Z")


def selected(one: Object, selector: str) -> bool:
    """Return whether a resource has the labels of a selector."""
    labels = one["metadata"].get("labels", {})
    for written in filter(None, selector.split(",")):
        found = _TEST.match(written)
        if found is None or (labels.get(found[1]) == found[3]) is not (found[2] == "="):
            return False
    return True


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = _PATH.match(parts.path)
        if found is None:
            self.send_error(404)
        elif query.get("watch"):
            self._watch()
        else:
            self._list(found[1], found[2] or "", KINDS[found[3]], query.get("labelSelector", ""))

    def _list(self, version: str, namespace: str, kind: str, selector: str) -> None:
        items = [
            one
            for one in self.server.objects  # type: ignore[attr-defined]
            if one["apiVersion"] == version
            and one["kind"] == kind
            and namespace in ("", one["metadata"].get("namespace", ""))
            and selected(one, selector)
        ]
        tree = {
            "apiVersion": version,
            "kind": f"{kind}List",
            "metadata": {"resourceVersion": "1"},
            "items": items,
        }
        body = json.dumps(tree).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _watch(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.flush()
        self.server.stopped.wait()  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


@contextmanager
def cluster(port: int, objects: list[Object]) -> Iterator[None]:
    """Serve resources until the context ends."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Answers)
    server.daemon_threads = True
    server.objects = objects  # type: ignore[attr-defined]
    server.stopped = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.stopped.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
