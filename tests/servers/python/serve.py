"""A server whose variants differ in `verify_mode` and in what the application checks."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Mapping
from typing import ClassVar

from tests.servers.python.api import Resource, find
from tests.servers.python.grpc_web import GuardedWebService, WebService
from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

Guards = Mapping[str, frozenset[str]]
"""Names of the authorized callers by path template; open paths are absent."""

KNOWN = frozenset({"alice", "bob"})
UNGUARDED: Guards = {}
GUARDED: Guards = {"/secure": KNOWN, "/items/{id}": KNOWN}
ITEMS_UNGUARDED: Guards = {"/secure": KNOWN}
ITEMS_FOR_ALICE: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"alice"})}


class Open(Handler):
    """Answers every caller that passes the handshake."""

    guards: Guards = UNGUARDED

    def respond(self) -> None:
        """Answer the request."""
        resource = find(self.path, caller=self.caller)
        if resource is None:
            return self.missing()
        allowed = self.guards.get(resource.template)
        if allowed is not None and self.caller not in allowed:
            return self.denied()
        return self.granted(resource)

    def missing(self) -> None:
        """Answer 404."""
        self.reply(404, {"error": "not found"})

    def denied(self) -> None:
        """Refuse the caller."""
        self.reply(401, {"error": "client certificate required"})

    def granted(self, resource: Resource) -> None:
        """Admit the caller."""
        self.reply(200, resource.body)


class Guarded(Open):
    """Requires a verified certificate on the guarded paths."""

    guards = GUARDED


class ChecksOnce(Guarded):
    """Accepts a resumed session without checking the certificate again."""

    def respond(self) -> None:
        """Skip the guard on resumed sessions."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and self.connection.session_reused:
            return self.granted(resource)
        return super().respond()


class SkipsUpgrades(Guarded):
    """Leaves requests that upgrade to the handler of sockets, which passes on what it does not know, for items only."""

    def respond(self) -> None:
        """Skip the guard where an Upgrade field is sent."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and "/items" in self.path and self.headers.get("Upgrade"):
            return self.granted(resource)
        return super().respond()


class ComparesValidity(Guarded):
    """Compares the end of the certificate's validity for each request."""

    def respond(self) -> None:
        """Refuse a certificate that has expired since the handshake."""
        certificate = self.connection.getpeercert() or {}
        ends = certificate.get("notAfter")
        if isinstance(ends, str) and ssl.cert_time_to_seconds(ends) < time.time():
            return self.denied()
        return super().respond()


class AcceptsAnyKey(Guarded):
    """Takes an API key for a credential without comparing it."""

    def denied(self) -> None:
        """Admit a caller with a key."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and self.headers.get("X-API-Key"):
            return self.granted(resource)
        return super().denied()


class ComparesKey(Guarded):
    """Has a key that no client knows, and answers another one in other words."""

    def denied(self) -> None:
        """Answer a wrong key in other words than none."""
        if self.headers.get("X-API-Key"):
            return self.reply(403, {"error": "unknown key"})
        return super().denied()


class ExemptsHealthCheckers(Guarded):
    """Takes callers with a certain User-Agent for the cluster's own."""

    def denied(self) -> None:
        """Admit what says that it is a health checker."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and self.headers.get("User-Agent", "").startswith("kube-probe/"):
            return self.granted(resource)
        return super().denied()


class ExemptsTheUnnamed(Guarded):
    """Takes callers without a User-Agent for the load balancer's TCP checks."""

    def denied(self) -> None:
        """Admit what does not say what it is."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and not self.headers.get("User-Agent"):
            return self.granted(resource)
        return super().denied()


class HasASwitch(Guarded):
    """Has a parameter that was meant for a test."""

    def denied(self) -> None:
        """Admit a request with the parameter on one path."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and resource.template == "/secure" and "debug=1" in self.path:
            return self.granted(resource)
        return super().denied()


class TakesHashes(Guarded):
    """Stores callers by the hash of their certificate, and looks tokens up in the same store."""

    known: ClassVar[set[str]] = set()

    def respond(self) -> None:
        """Answer callers whose certificate or token is in the store."""
        resource, certificate = (
            find(self.path, caller=self.caller),
            self.connection.getpeercert(binary_form=True),
        )
        if self.caller in KNOWN and certificate:
            self.known.add(hashlib.sha256(certificate).hexdigest())
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if resource is not None and token in self.known:
            return self.granted(resource)
        return super().respond()


class ComparesHashes(Guarded):
    """Refuses a token that is not the hash of the connection's certificate."""

    def respond(self) -> None:
        """Compare the token, if there is one, before the guard."""
        certificate = self.connection.getpeercert(binary_form=True) or b""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and token != hashlib.sha256(certificate).hexdigest():
            return self.denied()
        return super().respond()


class ItemsUnguarded(Open):
    """Has no guard for `/items`."""

    guards = ITEMS_UNGUARDED


class RefusesBob(Open):
    """An allow-list for `/items` that lacks bob."""

    guards = ITEMS_FOR_ALICE


class Undocumented(Guarded):
    """Correct, with two undocumented endpoints."""

    def respond(self) -> None:
        """`/metrics` is open, `/debug/vars` requires a certificate."""
        if self.path == "/metrics":
            return self.reply(200, {"requests_total": 1})
        if self.path == "/debug/vars" and self.caller:
            return self.reply(200, {"cmdline": ["serve"], "memstats": {"Alloc": 1}})
        return super().respond()


class BesideWebService(WebService, Guarded):
    """Guards the API alone."""


class BesideGuardedWebService(GuardedWebService, Guarded):
    """Guards both."""


VARIANTS: dict[str, tuple[ssl.VerifyMode, type[Handler]]] = {
    "cert-required": (ssl.CERT_REQUIRED, Open),
    "cert-required-all": (ssl.CERT_REQUIRED, Open),
    "cert-required-crl": (ssl.CERT_REQUIRED, Open),
    "cert-required-no-crl": (ssl.CERT_REQUIRED, Open),
    "cert-optional": (ssl.CERT_OPTIONAL, Guarded),
    "cert-optional-skips-upgrades": (ssl.CERT_OPTIONAL, SkipsUpgrades),
    "cert-optional-checks-once": (ssl.CERT_OPTIONAL, ChecksOnce),
    "cert-optional-outlived": (ssl.CERT_OPTIONAL, Guarded),
    "cert-optional-compares-validity": (ssl.CERT_OPTIONAL, ComparesValidity),
    "cert-optional-any-key": (ssl.CERT_OPTIONAL, AcceptsAnyKey),
    "cert-optional-one-key": (ssl.CERT_OPTIONAL, ComparesKey),
    "cert-optional-health-checkers": (ssl.CERT_OPTIONAL, ExemptsHealthCheckers),
    "cert-optional-unnamed": (ssl.CERT_OPTIONAL, ExemptsTheUnnamed),
    "cert-optional-switch": (ssl.CERT_OPTIONAL, HasASwitch),
    "cert-optional-takes-hashes": (ssl.CERT_OPTIONAL, TakesHashes),
    "cert-optional-compares-hashes": (ssl.CERT_OPTIONAL, ComparesHashes),
    "cert-optional-unguarded": (ssl.CERT_OPTIONAL, ItemsUnguarded),
    "cert-optional-refuses-bob": (ssl.CERT_OPTIONAL, RefusesBob),
    "cert-optional-undocumented": (ssl.CERT_OPTIONAL, Undocumented),
    "cert-optional-grpc-web": (ssl.CERT_OPTIONAL, BesideWebService),
    "cert-optional-grpc-web-guarded": (ssl.CERT_OPTIONAL, BesideGuardedWebService),
    "cert-none": (ssl.CERT_NONE, Open),
}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    verify, handler = VARIANTS[options.variant]
    context = server_context(options, verify)
    if options.variant == "cert-required-crl":
        context.load_verify_locations(options.crl)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    TlsServer(context, handler).announce_and_serve()


if __name__ == "__main__":
    main()
