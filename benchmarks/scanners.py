"""Other tools on the same nginx: what they do there, and how long it takes them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers import named, of_python
from benchmarks.processes import Cost, cost
from benchmarks.stand import Bench, sent, stand, timed
from benchmarks.table import Job, Row, Theme

OPERATIONS = 1000
LIMIT_S = 300
GENERATED = re.compile(r"(\d+) generated")


def theme() -> Theme:
    """One run each: they need minutes."""
    with stand() as bench:
        jobs = (_operations(bench), _listener(bench))
    return Theme(
        title="Other tools",
        about="Wall-clock seconds of one run on nginx `optional`. No other tool probes operations with and without "
        f"client certificates; these come nearest. They are stopped after {LIMIT_S} s.",
        jobs=jobs,
    )


def _operations(bench: Bench) -> Job:
    seconds, _, result = timed(bench.settings(OPERATIONS))
    return Job(
        f"{OPERATIONS:,} operations",
        [
            Row(
                who="specdrift, 4 identities", value=seconds, note=f"every operation as each; {sent(result)}"
            ),
            *_schemathesis(bench),
        ],
    )


def _schemathesis(bench: Bench) -> Iterator[Row]:
    program = of_python("schemathesis")
    if program is None:
        yield Row(who="schemathesis", note="could not be installed")
        return
    who = f"{named(program, 'schemathesis')} ignored_auth"
    pki = bench.pki
    command: list[str | Path] = [program, "run", bench.spec(OPERATIONS), "--url", bench.base_url]
    command += ["--checks", "ignored_auth", "--phases", "fuzzing", "--max-examples", "1", "--no-color"]
    command += ["--request-cert", pki.alice.cert, "--request-cert-key", pki.alice.key]
    command += ["--tls-verify", pki.server_ca]
    ran = cost(command, limit_s=LIMIT_S)
    made = GENERATED.search(ran.said)
    note = f"{made[1] if made else 'no'} requests, all with the certificate: it has no test for a mutualTLS scheme"
    yield _row(who, ran, note)


def _listener(bench: Bench) -> Job:
    """What a TLS scanner says of the listener as a whole: it knows no operations."""
    seconds, _, result = timed(bench.settings(1))
    rows = [Row(who="specdrift, 1 operation", value=seconds, note=f"4 identities; {sent(result)}")]
    where = "127.0.0.1:" + bench.base_url.rpartition(":")[2]
    sslyze = of_python("sslyze")
    if sslyze is None:
        rows.append(Row(who="sslyze", note="could not be installed"))
    else:
        pki = bench.pki
        command: list[str | Path] = [sslyze, "--cert", pki.alice.cert, "--key", pki.alice.key, where]
        note = (
            "versions, ciphers, certificate and known flaws of the listener; no HTTP operations, no refusals"
        )
        rows.append(_row(named(sslyze, "sslyze", option="--help"), cost(command, limit_s=LIMIT_S), note))
    rows.append(_testssl(where))
    return Job("One listener", rows)


def _testssl(where: str) -> Row:
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if program is None:
        return Row(who="testssl.sh", note="not installed (Debian package testssl.sh)")
    ran = cost((program, "--warnings", "batch", "--color", "0", "-p", "-S", where), limit_s=LIMIT_S)
    note = "protocols and server defaults only (-p -S); no HTTP operations, no certificates of clients"
    return _row(named(program, "testssl.sh"), ran, note)


def _row(who: str, ran: Cost, note: str) -> Row:
    if not ran.ended:
        return Row(who=who, note=f"no end within {LIMIT_S} s; {note}")
    return Row(who=who, value=ran.wall_s, note=f"{note}; {ran.cpu_s:.1f} CPU s")
