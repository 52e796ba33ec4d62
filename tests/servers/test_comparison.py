"""The page about other tools has the claims that were run, with the versions of the tools."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.comparison import CLAIMS, PAGE, Claim, Ground, page
from tests.servers.pki import TestPki


def test_the_page_has_every_claim() -> None:
    """`./dev bench comparison --write` makes it; each row has the version that was run."""
    written = PAGE.read_text(encoding="utf-8")
    rows = (
        re.search(rf"^\| {re.escape(claim.tool.name)} \| ([\d.]+) \|", written, re.MULTILINE)
        for claim in CLAIMS
    )
    versions = {claim.tool.name: row[1] for claim, row in zip(CLAIMS, rows, strict=True) if row}
    assert written == page(versions)


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.show.__name__)
def test_each_claim_holds(claim: Claim, pki: TestPki, tmp_path: Path) -> None:
    """With the tools that are installed already: a minute for all of them."""
    program = claim.tool.here()
    if program is None:
        pytest.skip(f"`./dev bench comparison` installs {claim.tool.name}")
    claim.show(program, Ground(pki, tmp_path))
