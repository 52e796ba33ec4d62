"""Verification callbacks of OpenSSL: what they answer for a certificate that OpenSSL rejects."""

from collections.abc import Iterator

from specdrift.model.result.source import SourceFinding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_frames import AbsentFrame
from specdrift.source.axum.guards.absent.absent_values import FALSE, TRUE, UNKNOWN
from specdrift.source.axum.tls_facts import called
from specdrift.source.rust import syntax
from specdrift.source.rust.conditions import Conditions
from specdrift.source.rust.items import RustItem
from specdrift.source.rust.syntax import descendants


def findings(item: RustItem, case: AbsentCase, conditions: Conditions) -> Iterator[SourceFinding]:
    """Yield the callbacks that answer true for each of these certificates."""
    for node in descendants(item.node):
        if called(node) != "set_verify_callback" or conditions.dead(node):
            continue
        given = syntax.arguments(node)
        frame = AbsentFrame(item.module, item.owner)
        if given and case.closure(frame, given[-1], [{FALSE}, {UNKNOWN}]) == {TRUE}:
            what = "accepts any certificate: its callback returns true"
            yield SourceFinding(
                rule="client-certificate-not-verified",
                message=f"OpenSSL's verification {what}.",
                location=item.file.place(given[-1]),
                subject=f"{item} {what}",
            )
