"""How time and memory grow: the real command, from start to end, with more operations and with more identities."""

import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from benchmarks.processes import Cost, cost
from benchmarks.stand import FAMILIES, MATRIX, UNTRUSTED, WORKERS, Bench, stand
from benchmarks.table import Job, Row, Theme
from specdrift.settings import Identity, Settings

OPERATIONS = (500, 1000, 2000, 4000, 10_000)
IDENTITIES = (3, 6, 12, 24)
FIXED_OPERATIONS = 1000
PEAK_MB = 500.0
MANY_OPERATIONS, FEW_IDENTITIES, MANY_PEAK_MB = 100_000, 4, 1000.0
LIMIT_S = 900


def theme() -> Theme:
    """Two curves and the peak of memory."""
    with stand() as bench:
        operations = [(count, _check(bench, bench.twelve(count), count)) for count in OPERATIONS]
        identities = [
            (count, _check(bench, _as_many(bench, count), FIXED_OPERATIONS)) for count in IDENTITIES
        ]
        many = _check(bench, _as_many(bench, FEW_IDENTITIES), MANY_OPERATIONS)
    most, largest = operations[-1]
    peak = Row(
        who=f"specdrift, {most:,} operations",
        value=largest.peak_mb,
        unit="MB",
        floor=PEAK_MB,
        note=largest.said,
    )
    return Theme(
        title="Growth",
        about="`specdrift check` as a command, the matrix on nginx `optional` over TLS 1.3, CPU seconds of the whole "
        "process (start-up, loading, judging and the text report included); one run each. The remark says what an "
        "operation as one identity costs: where it stays the same, cost grows in proportion.",
        jobs=(
            Job("12 identities, more operations", [_point(n, 12, "operations", c) for n, c in operations]),
            Job(
                f"{FIXED_OPERATIONS:,} operations, more identities",
                [_point(FIXED_OPERATIONS, n, "identities", c) for n, c in identities],
            ),
            Job("Peak memory, 12 identities", [peak]),
            Job(f"Peak memory, {FEW_IDENTITIES} identities", [_peak_of_many(many)]),
        ),
    )


def _point(operations: int, identities: int, unit: str, spent: Cost) -> Row:
    count = operations if unit == "operations" else identities
    each = spent.cpu_s / (operations * identities) * 1000
    note = f"{each:.2f} ms a cell, {spent.wall_s:.0f} s by the clock, {spent.peak_mb:.0f} MB"
    return Row(who=f"specdrift, {count:,} {unit}", value=spent.cpu_s, unit="CPU s", note=note)


def _peak_of_many(spent: Cost) -> Row:
    return Row(
        who=f"specdrift, {MANY_OPERATIONS:,} operations",
        value=spent.peak_mb,
        unit="MB",
        floor=MANY_PEAK_MB,
        note=f"{spent.cpu_s:.0f} CPU s",
    )


def _as_many(bench: Bench, identities: int) -> Settings:
    """The anonymous client and valid certificates."""
    settings = bench.twelve(FIXED_OPERATIONS)
    good = settings.identities
    named = (replace(good[n % 2], name=f"good-{n}") for n in range(identities - 1))
    return replace(settings, identities=tuple(named), battery={})


def _check(bench: Bench, settings: Settings, operations: int) -> Cost:
    file = bench.folder / "specdrift.toml"
    kept = UNTRUSTED if settings.battery else ()
    file.write_text(configuration(bench, settings.identities, kept))
    spec = bench.spec(operations)
    options = ("--config", file, "--checks", ",".join(MATRIX), "-q", "--format", "text", "-o", "/dev/null")
    spent = cost(
        (sys.executable, "-m", "specdrift", "check", spec, bench.base_url, *options), limit_s=LIMIT_S
    )
    assert spent.ended
    assert spent.status == 0, spent.said
    return spent


def configuration(bench: Bench, identities: Sequence[Identity], forged: Sequence[str]) -> str:
    """What a user would write for these identities."""
    skipped = "\n".join(f'{family} = "skip"' for family in sorted(FAMILIES - set(forged)))
    named = "\n".join(
        f'[[identities]]\nname = "{i.name}"\ncert-file = "{i.cert_file}"\nkey-file = "{i.key_file}"'
        for i in identities
    )
    server = f'[server]\nca-file = "{Path(bench.pki.server_ca)}"\ntls-min = "1.3"'
    return f"{server}\n[network]\nconcurrency = {WORKERS}\n{named}\n[battery]\n{skipped}\n"
