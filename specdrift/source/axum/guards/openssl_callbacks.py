"""Verification callbacks of OpenSSL: what they answer for a certificate that OpenSSL rejects."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from tree_sitter import Node

from specdrift.model.result.source import ClientAuth, SourceFinding, TlsFact
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_values import FALSE, TRUE, UNKNOWN, Atom
from specdrift.source.axum.tls_facts import called
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants


def findings(item: RustItem, case: AbsentCase, conditions: Conditions) -> Iterator[SourceFinding]:
    """Yield the callbacks that answer true for each of these certificates."""
    for callback, answers in _callbacks(item, case, conditions):
        if answers == {TRUE}:
            what = "accepts any certificate: its callback returns true"
            yield SourceFinding(
                rule="client-certificate-not-verified",
                message=f"OpenSSL's verification {what}.",
                location=item.file.place(callback),
                subject=f"{item} {what}",
            )


def facts(item: RustItem, case: AbsentCase, conditions: Conditions) -> Iterator[TlsFact]:
    """Yield the callbacks that may answer true for some of these certificates: which, is not analysed."""
    for callback, answers in _callbacks(item, case, conditions):
        if answers - {FALSE} and answers != {TRUE}:
            what = "OpenSSL's verification has a callback that may accept certificates which OpenSSL rejects"
            yield TlsFact(location=item.file.place(callback), client_auth=ClientAuth.CUSTOM, what=what)


def _callbacks(
    item: RustItem, case: AbsentCase, conditions: Conditions
) -> Iterator[tuple[Node, AbstractSet[Atom]]]:
    """Yield the callbacks of a function, with their answers for a certificate that OpenSSL rejects."""
    for node in descendants(item.node):
        given = syntax.arguments(node) if called(node) == "set_verify_callback" else []
        if given and not conditions.dead(node):
            frame = AbsentFrame(item.module, item.owner)
            yield given[-1], case.closure(frame, given[-1], [{FALSE}, {UNKNOWN}])
