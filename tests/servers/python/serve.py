"""A server whose variants differ in `verify_mode` and in what the application looks at."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from tests.servers.python.api import Resource, find
from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

Guards = Mapping[str, frozenset[str]]
"""Who may have what: the names of callers by path template; open paths are not in it."""

KNOWN = frozenset({"alice", "bob"})
UNGUARDED: Guards = {}
GUARDED: Guards = {"/secure": KNOWN, "/items/{id}": KNOWN}
ITEMS_FORGOTTEN: Guards = {"/secure": KNOWN}
ITEMS_FOR_ALICE: Guards = {"/secure": KNOWN, "/items/{id}": frozenset({"alice"})}


class Open(Handler):
    """Leaves it all to the handshake: whoever gets this far is answered."""

    guards: Guards = UNGUARDED

    def respond(self) -> None:
        """Answer what is asked for."""
        resource = find(self.path, caller=self.caller)
        if resource is None:
            return self.missing()
        allowed = self.guards.get(resource.template)
        if allowed is not None and self.caller not in allowed:
            return self.denied()
        return self.granted(resource)

    def missing(self) -> None:
        """Answer that there is nothing here."""
        self.reply(404, {"error": "not found"})

    def denied(self) -> None:
        """Answer a caller who may not have it."""
        self.reply(401, {"error": "client certificate required"})

    def granted(self, resource: Resource) -> None:
        """Answer a caller who may."""
        self.reply(200, resource.body)


class Guarded(Open):
    """Asks for a verified certificate on the guarded paths."""

    guards = GUARDED


class ChecksOnce(Guarded):
    """Takes whoever resumes a session for one who was asked when it was made."""

    def respond(self) -> None:
        """Answer what is asked for."""
        resource = find(self.path, caller=self.caller)
        if resource is not None and self.connection.session_reused:
            return self.granted(resource)
        return super().respond()


class ForgetsItems(Open):
    """Somebody added `/items` and forgot the guard."""

    guards = ITEMS_FORGOTTEN


class RefusesBob(Open):
    """An allow-list for `/items` that does not know bob yet."""

    guards = ITEMS_FOR_ALICE


class Undocumented(Guarded):
    """Correct, with two endpoints that nobody wrote down."""

    def respond(self) -> None:
        """`/metrics` is open, `/debug/vars` wants a certificate."""
        if self.path == "/metrics":
            return self.reply(200, {"requests_total": 1})
        if self.path == "/debug/vars" and self.caller:
            return self.reply(200, {"cmdline": ["serve"], "memstats": {"Alloc": 1}})
        return super().respond()


VARIANTS: dict[str, tuple[ssl.VerifyMode, type[Handler]]] = {
    "cert-required": (ssl.CERT_REQUIRED, Open),
    "cert-required-all": (ssl.CERT_REQUIRED, Open),
    "cert-required-crl": (ssl.CERT_REQUIRED, Open),
    "cert-required-no-crl": (ssl.CERT_REQUIRED, Open),
    "cert-optional": (ssl.CERT_OPTIONAL, Guarded),
    "cert-optional-checks-once": (ssl.CERT_OPTIONAL, ChecksOnce),
    "cert-optional-forgotten": (ssl.CERT_OPTIONAL, ForgetsItems),
    "cert-optional-refuses-bob": (ssl.CERT_OPTIONAL, RefusesBob),
    "cert-optional-undocumented": (ssl.CERT_OPTIONAL, Undocumented),
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
