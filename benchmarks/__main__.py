"""Runs benchmarks by name; the table without one. Exits 1 when a floor was missed."""

import argparse
import importlib
import sys
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from benchmarks import page
from benchmarks.kept import keep, kept
from benchmarks.machine import busy
from benchmarks.table import Job, Theme, lines


class Part(Struct, frozen=True, kw_only=True):
    """A module of this package with ``theme(**options) -> Theme``. ``peers``: there are some, and it wants to know
    whether they are measured; ``only_peers``: without them it measures nothing.
    """

    name: str
    about: str
    peers: bool = False
    only_peers: bool = False

    def theme(self, *, peers: bool) -> Theme:
        """Measures."""
        module = importlib.import_module(f"benchmarks.{self.name}")
        theme: Theme = module.theme(**({"peers": peers} if self.peers else {}))
        return theme


PARTS = (
    Part(
        name="loader", about="security of every operation of 13 MB JSON, 3.5 MB YAML, 2,900 files", peers=True
    ),
    Part(name="startup", about="printing the help", peers=True),
    Part(name="ceiling", about="one handshake, one request, beside a bare loop and OpenSSL"),
    Part(name="crawl", about="1,000 operations as 4 and 12 identities on nginx, Python and Axum"),
    Part(name="small", about="processor time of a request in a check of ten operations, beside a bare loop"),
    Part(name="distance", about="200 operations as 12 identities, 50 and 200 ms away (minutes)"),
    Part(name="scanners", about="schemathesis, sslyze and testssl.sh on the same nginx", only_peers=True),
    Part(name="report", about="judging and rendering 12,000 cells"),
    Part(name="size", about="the files of 12,000 cells, and the memory to write 400,000 exchanges"),
    Part(
        name="growth", about="time and memory up to 10,000 operations as 12 identities, and 100,000 (minutes)"
    ),
)
"""What the table is made of."""
APART = {
    "scale": "5,000 services a night, simulated from what one costs here",
    "comparison": "what other tools do with mutualTLS: each claim of docs/comparison.md, run (a minute)",
    "probes": "what each check's requests bought on the test servers (an hour; a stopped run goes on)",
    "fleet": "200 services on four Dask workers, beside one process (minutes)",
}
"""What is no row of the table: modules with ``run() -> bool``; with a page of its own, ``run(write=True)``."""
OWN_PAGES = ("scale", "comparison", "probes")


def main() -> int:
    """Run what the command line names."""
    given = _arguments()
    chosen = [
        part
        for part in PARTS
        if part.name in given.names or (not given.names and (given.peers or not part.only_peers))
    ]
    themes, load, held = [], [], []
    for part in chosen:
        known = kept(part.name) if given.resume else None
        theme, before = known or (part.theme(peers=given.peers), busy())
        theme = replace(theme, jobs=tuple(_told(theme)))
        themes.append(theme)
        load.append(before if known else max(before, busy()))
        keep(part.name, theme, load=load[-1])
        held += [job.held for job in theme.jobs]
    if given.write and not given.names:
        print(f"wrote {page.write(themes, load)}")
    elif given.write and chosen:
        print(f"wrote {page.update([part.name for part in chosen], themes, load)}")
    options = {name: {"write": given.write} for name in OWN_PAGES}
    held += [
        importlib.import_module(f"benchmarks.{name}").run(**options.get(name, {}))
        for name in APART
        if name in given.names
    ]
    return 0 if all(held) else 1


def _told(theme: Theme) -> Iterator[Job]:
    """Its jobs, each printed once it is measured."""
    print(f"\n{theme.title.upper()}\n{theme.about}", flush=True)
    for job in theme.jobs:
        print("\n".join(lines(job)), flush=True)
        yield job


def _arguments() -> argparse.Namespace:
    about = {**{part.name: part.about for part in PARTS}, **APART}
    listing = "\n".join(f"  {name:10}{text}" for name, text in about.items())
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description=__doc__,
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which to run (default: all but {', '.join(APART)})"
    )
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument("--peers", action="store_true", help="measure other tools beside (minutes)")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="measure only what was not measured before, by a run that was stopped",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write docs/benchmarks.md, or only the rows of those named (of scale, comparison and probes: their own "
        "pages)",
    )
    given = parser.parse_args()
    if unknown := set(given.names) - set(about):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if given.list:
        print(listing)
        parser.exit()
    return given


if __name__ == "__main__":
    sys.exit(main())
