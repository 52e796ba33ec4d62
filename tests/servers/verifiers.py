"""Presents every certificate profile to every verifier that is installed, and prints who accepts it.

`.venv/bin/python -m tests.servers.verifiers` prints the table; `--write` writes `docs/verifiers.md`.
"""

# ruff: noqa: T201 (a command line program)
from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.model.result.verdict import Outcome
from specdrift.pki.battery import PROFILES, Detector
from tests.lab.axum_lab import LAB, axum_lab, cargo_available
from tests.scan.running import run, settings_for
from tests.servers.cases import FOLDER, case_named
from tests.servers.pki import make_pki
from tests.servers.test_battery import with_ca

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from specdrift.model.result.result import Result
    from tests.servers.pki import TestPki

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verifiers.md"
OPENING = """\
# Compare verifiers of client certificates

Which TLS stacks admit each invalid certificate of the battery, measured on real servers on one computer:
`.venv/bin/python -m tests.servers.verifiers --write` measures them again. Each requires a certificate of the test CA;
those with "CRL" honour its revocation list. `specdrift explain PROFILE` describes the defect.

"no" is a refusal, **yes** an admission, and "-" a certificate that was not presented or not decided. An admission is no
fault where the profile's text names the stack: no standard requires the refusal of `no-eku` or `weak-key`.
GnuTLS verifies the purpose of a certificate only for programs that name one: without it, `wrong-eku` is admitted
(CVE-2026-33308).

"""


class Verifier(Struct, frozen=True):
    """A column of the table."""

    name: str
    case: str
    """Name of a server case; empty: the Axum lab."""


VERIFIERS = (
    Verifier("OpenSSL: Python (CRL)", "python-cert-required-crl"),
    Verifier("OpenSSL: nginx (CRL)", "nginx-on-crl"),
    Verifier("OpenSSL: HAProxy (CRL)", "haproxy-required-crl"),
    Verifier("OpenSSL: Node.js", "node-reject-unauthorized-all"),
    Verifier("GnuTLS (CRL)", "gnutls-require-purpose-crl"),
    Verifier("GnuTLS without a purpose (CRL)", "gnutls-require-crl"),
    Verifier("BoringSSL: Envoy (CRL)", "envoy-required-crl"),
    Verifier("Go", "go-require-and-verify-all"),
    Verifier("rustls: Axum (CRL)", ""),
    Verifier("Java: Spring", "jvm-spring-need-all"),
)
PRESENTED = tuple(name for name, profile in PROFILES.items() if profile.detector is Detector.VERIFIER)


def is_available(verifier: Verifier) -> bool:
    """Return whether the server is installed."""
    return cargo_available() if not verifier.case else case_named(verifier.case).available() is None


@contextmanager
def serving(verifier: Verifier, pki: TestPki, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield base URL and document of the running server."""
    if not verifier.case:
        keys = pki.client_ca, pki.server_cert, pki.server_key
        with axum_lab(ca=keys[0], cert=keys[1], key=keys[2], crl=pki.crl) as base_url:
            yield base_url, LAB / "openapi.yaml"
    else:
        with case_named(verifier.case).start(pki, folder) as running:
            yield running.base_url, FOLDER / "all-required.yaml"


def column(verifier: Verifier, pki: TestPki, folder: Path) -> Mapping[str, str]:
    """Return the answer to each profile, by name."""
    with serving(verifier, pki, folder) as (base_url, document):
        settings = settings_for(pki, base_url, spec=str(document), checks=("certificate", "unknown-path"))
        return answers(run(with_ca(settings, pki, strictly=True)))


def answers(result: Result) -> Mapping[str, str]:
    """Return "yes" for certificates that some operation admits, "no" for those that every one refuses."""
    by_name: dict[str, set[Outcome]] = {}
    for item in result.operations:
        for outcome in item.outcomes:
            by_name.setdefault(outcome.identity, set()).add(outcome.outcome)
    return {
        name: "**yes**" if Outcome.ADMITTED in found else "no" if all(o.refused for o in found) else "-"
        for name, found in by_name.items()
    }


def table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """Render the table as Markdown."""
    head = f"| profile | {' | '.join(columns)} |\n|{' --- |' * (len(columns) + 1)}\n"
    rows = (
        f"| `{name}` | {' | '.join(answers.get(name, '-') for answers in columns.values())} |\n"
        for name in PRESENTED
    )
    return head + "".join(rows)


def main() -> int:
    """Print the table; what is not installed has no column."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.verifiers", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/verifiers.md")
    arguments = parser.parse_args()
    here = [verifier for verifier in VERIFIERS if is_available(verifier)]
    if absent := [verifier.name for verifier in VERIFIERS if verifier not in here]:
        print(f"not installed: {', '.join(absent)}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="specdrift-verifiers-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        columns = {
            verifier.name: column(verifier, pki, Path(scratch) / f"server-{number}")
            for number, verifier in enumerate(here)
        }
    page = table(columns)
    print(page)
    if arguments.write:
        PAGE.write_text(OPENING + page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
