"""Checks each vulnerable version and its fixed twin, and prints what was found: `python -m tests.servers.controls`.

Words after it select: parts of ids of vulnerabilities, or of versions.
"""

# ruff: noqa: T201 (a command line program)
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.servers.controls import (
    caddy,
    java,
    node,
    rustls,
    starlette,
    toolchains,
    traefik,
    undertow,
    wolfssl,
)
from tests.servers.controls.control import Control
from tests.servers.pki import make_pki

CONTROLS: tuple[Control, ...] = (
    *starlette.CONTROLS,
    *toolchains.CONTROLS,
    *wolfssl.CONTROLS,
    *traefik.CONTROLS,
    *caddy.CONTROLS,
    *node.CONTROLS,
    *java.CONTROLS,
    *undertow.CONTROLS,
    *rustls.CONTROLS,
)
"""All with a vulnerability."""


def report(control: Control, rules: frozenset[str]) -> bool:
    """Print one line; return whether the rules are those expected."""
    exact = rules == control.rules
    verdict = "as expected" if exact else f"expected {sorted(control.rules)}"
    print(
        f"{control.cve:17} {control.version:32} {', '.join(sorted(rules)) or 'none':30} {verdict}", flush=True
    )
    return exact


def main(words: list[str]) -> int:
    """Return 1 if a version is not reported as expected."""
    exact = True
    with tempfile.TemporaryDirectory(prefix="specdrift-controls-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        for number, control in enumerate((*CONTROLS, *toolchains.SERVICES)):
            name = f"{control.cve} {control.version}"
            if not words or any(word in name for word in words):
                folder = Path(scratch) / str(number)
                folder.mkdir()
                exact &= report(control, control.found(pki, folder))
    return 0 if exact else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
