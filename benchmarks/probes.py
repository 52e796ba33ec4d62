"""What each check's requests bought on the test servers: writes docs/probes.md. Exits 0."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bought import Bought, bought, together
from benchmarks.documents import CACHE
from tests.servers.cases import CASES
from tests.servers.harness import ServerCase
from tests.servers.pki import TestPki, make_pki
from tests.servers.same_stack import few_certificates
from tests.servers.verdict import compare_running

PAGE = Path(__file__).resolve().parents[1] / "docs" / "probes.md"
FOLDER = CACHE / "probes"
"""The counts of each server: a run that was stopped goes on."""
MOST = 40
"""Attempts without a finding that are listed."""
HEAD = """# See what the requests of each check buy

Written by `./dev bench probes --write` from checks of {servers} of the {all} test servers ([servers.md](servers.md)),
whose faults are known: {requests:,} requests, {findings:,} findings. A *finding* counts for the check whose exchange it
shows first. *Only this check* counts the operations (and listeners) on which no other check found anything: without it,
these faults would have been missed. Controls are requests that only show what an answer means.

The servers were made so that each check has something to find, and most have none of it: shares say little about
servers elsewhere. A check that costs much and finds little alone is the first to look at when requests are dear
(`--skip-checks`, `--max-requests`); `specdrift plan` shows what a run would send.

| check | servers | requests | for each server | of these controls | findings | only this check |
| --- | --- | --- | --- | --- | --- | --- |
"""
NEVER = """
## Attempts that no finding rests on

On these servers. Each copies a way around a guard that some product had; a server with that fault may be missing here,
or another attempt shows the same fault first, and the rest is not repeated. Bundles of headers are left out: where one
opens an operation, it is split until single headers show it. {number} more attempts had no finding.

| check | attempt | requests |
| --- | --- | --- |
"""


def run(*, write: bool = False) -> bool:
    """Check every test server that can be started here; print the table, or write the page."""
    with tempfile.TemporaryDirectory(prefix="specdrift-probes-") as scratch:
        pki = make_pki(Path(scratch) / "pki")
        for case in CASES:
            if not _file(case).exists() and not case.variant.sweep_only and not case.available():
                _keep(case, _measured(case, pki, Path(scratch) / case.name))
                print(f"{case.name}: measured", flush=True)
    text = page()
    if write:
        PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}" if write else text)
    return True


def page() -> str:
    """Return the page of all servers that were measured."""
    each = [_kept(file) for file in sorted(FOLDER.glob("*.json"))]
    return "".join(_lines(together(each), len(each)))


def _lines(total: Bought, servers: int) -> Iterator[str]:
    requests = sum(map(total.sent, total.checks))
    yield HEAD.format(
        servers=servers, all=len(CASES), requests=requests, findings=sum(map(total.found, total.checks))
    )
    for check in total.checks:
        sent, run_on = total.sent(check), total.servers[check]
        figures = (
            run_on,
            sent,
            round(sent / run_on),
            total.controls[check],
            total.found(check),
            total.alone[check],
        )
        yield f"| `{check}` | {' | '.join(f'{figure:,}' for figure in figures)} |\n"
    never = list(total.never())
    yield NEVER.format(number=max(0, len(never) - MOST))
    for (check, attempt), number in never[:MOST]:
        yield f"| `{check}` | {attempt.replace('|', '/')} | {number:,} |\n"


def _measured(case: ServerCase, pki: TestPki, scratch: Path) -> Bought:
    scratch.mkdir()
    with case.start(pki, scratch / "server") as server:
        more = few_certificates(case, scratch)
        return bought(compare_running(case, server.base_url, pki, more=more).result)


def _file(case: ServerCase) -> Path:
    return FOLDER / f"{case.name}.json"


def _keep(case: ServerCase, counted: Bought) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = {name: list(getattr(counted, name).items()) for name in Bought.__struct_fields__}
    _file(case).write_text(json.dumps(written), encoding="utf-8")


def _kept(file: Path) -> Bought:
    def key(raw: object) -> object:
        return tuple(raw) if isinstance(raw, list) else raw

    raw = json.loads(file.read_text(encoding="utf-8"))
    counts: dict[str, Any] = {name: Counter({key(each): n for each, n in raw[name]}) for name in raw}
    return Bought(**counts)
