"""Runs the real command against a server case and compares its result with the truth."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from msgspec import Struct

from specdrift.cli.main import cli
from specdrift.rules import ids
from tests.servers.harness import ServerCase, Tls
from tests.servers.truth import PROFILES, RULES, ExpectedDrift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.pki import TestPki

OF_THE_LISTENER = frozenset(
    {
        ids.CERTIFICATE_NEVER_REQUESTED,
        ids.PUBLIC_CA_REQUESTED,
        ids.CERTIFICATE_URL_FETCHED,
        ids.ISSUER_ENDPOINT_WITHOUT_MTLS,
        ids.ISSUER_BINDING_UNUSED,
    }
)
"""Rules about the listener: their findings have no operation."""


class Comparison(Struct, frozen=True, kw_only=True):
    """The result beside the truth. It is exact if all but ``found`` are empty."""

    case: str
    tls: Tls
    found: frozenset[ExpectedDrift]
    missed: frozenset[ExpectedDrift]
    false: frozenset[ExpectedDrift]
    misjudged: tuple[str, ...]
    exit_status: int
    result: dict[str, Any]

    @property
    def exact(self) -> bool:
        """Whether nothing is missed or falsely reported, and the undecided operations are the expected ones."""
        return not (self.missed or self.false or self.misjudged)

    def __str__(self) -> str:
        lines = [f"{self.case} over TLS {self.tls.value}, exit {self.exit_status}"]
        lines += [f"  missed  {drift}" for drift in sorted(self.missed)]
        lines += [f"  false   {drift}" for drift in sorted(self.false)]
        lines += [f"  verdict {text}" for text in self.misjudged]
        return "\n".join(lines)


def compare(
    case: ServerCase, pki: TestPki, *, tls: Tls = Tls.BOTH, skipped: Sequence[str] = ()
) -> Comparison:
    """Start the server, run ``specdrift check`` without the skipped checks, and compare the result with the truth."""
    with (
        tempfile.TemporaryDirectory(prefix="specdrift-case-") as scratch,
        case.start(pki, Path(scratch) / "server", tls=tls) as server,
    ):
        return compare_running(case, server.base_url, pki, tls=tls, skipped=skipped)


def compare_running(
    case: ServerCase,
    base_url: str,
    pki: TestPki,
    *,
    tls: Tls = Tls.BOTH,
    skipped: Sequence[str] = (),
    more: Sequence[str] = (),
) -> Comparison:
    """Run ``specdrift check`` on a running server, and compare the result with the truth. ``more`` are options."""
    arguments = [
        "check",
        str(case.document),
        base_url,
        *case.options(pki, base_url),
        *more,
        "--format=json",
        "-q",
    ]
    arguments += [f"--skip-checks={','.join(skipped)}"] if skipped else []
    outcome = CliRunner().invoke(cli, arguments, catch_exceptions=False, standalone_mode=False)
    return against_truth(case, json.loads(outcome.stdout), tls=tls)


def against_truth(case: ServerCase, result: dict[str, Any], *, tls: Tls) -> Comparison:
    """Compare a result (JSON) with the truth of its case."""
    reported = frozenset(_drift(drift) for drift in result["drifts"] if _counts(drift, case))
    expected = case.truth.drifts
    return Comparison(
        case=case.name,
        tls=tls,
        found=reported & expected,
        missed=expected - reported,
        false=reported - expected - case.truth.possible,
        misjudged=tuple(_misjudged(case, result)),
        exit_status=result["exit_status"],
        result=result,
    )


def _counts(drift: dict[str, Any], case: ServerCase) -> bool:
    """Return whether the truths decide this drift: by its rule and its certificate."""
    profiles = {None, *PROFILES, *case.variant.some_forms}
    return drift["rule"] in RULES and drift["profile"] in profiles


def _drift(drift: dict[str, Any]) -> ExpectedDrift:
    operation = drift["operation"]
    if drift["rule"] in OF_THE_LISTENER:
        return ExpectedDrift(rule=drift["rule"], method="", path="")
    if operation is None:  # an undocumented endpoint has no operation: its message begins with what answers
        method, path = drift["message"].split()[:2]
        return ExpectedDrift(rule=drift["rule"], method=method, path=path)
    subject = drift["profile"] or drift["identity"] or ""
    return ExpectedDrift(
        rule=drift["rule"],
        method=operation["method"],
        path=operation["path"],
        subject="" if subject == "anonymous" else subject,
    )


def _misjudged(case: ServerCase, result: dict[str, Any]) -> list[str]:
    undecided = {(o["method"], o["path"]) for o in result["operations"] if o["verdict"] == "undecided"}
    reasons = {
        (u["operation"]["method"], u["operation"]["path"]): u["reason"]
        for u in result["undecided"]
        if u["operation"]
    }
    truth = case.truth
    too_many = undecided - truth.undecided - truth.tolerated
    too_few = truth.undecided - undecided
    problem = [f"problem: {result['problem']}"] if result.get("problem") and not truth.undecided else []
    return (
        [f"undecided {m} {p}: {reasons.get((m, p), '')}" for m, p in sorted(too_many)]
        + [f"decided {m} {p}" for m, p in sorted(too_few)]
        + problem
    )
