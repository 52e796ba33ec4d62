"""How many of the registrations that are counted in the files of a service its reader has as routes.

What no route stands for at its place is printed, to be looked up: code that is not built, a function elsewhere that
gives the methods, a loop over a table, another type with a method of that name, or a route that was missed.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.registrations import Registration, registrations
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import ANY_METHOD, SourceRoute
from specdrift.source import SourceQuery, read


class Compared(Struct, frozen=True):
    """The registrations in a folder, beside what was read there."""

    folder: Path
    counted: Sequence[Registration]
    routes: Sequence[SourceRoute]
    unresolved: Sequence[SourceLocation]

    def missing(self) -> Iterator[tuple[Registration, str]]:
        """Yield what is no route, and what became of it."""
        for one in self.counted:
            if not any(self._is(one, route) for route in self.routes):
                listed = any(self._within(one, place) for place in self.unresolved)
                yield one, "listed" if listed else "to look up"

    def _within(self, one: Registration, place: SourceLocation) -> bool:
        # The first part of a place is the name of the folder.
        return one.line <= place.line <= one.end_line and self.folder.parent / place.file == one.file

    def _is(self, one: Registration, route: SourceRoute) -> bool:
        """Return whether a route is what a call registers: its place, its method, and the end of its path."""
        methods = one.method in ("", ANY_METHOD) or one.method in route.methods
        path = one.path.rstrip("/")
        return methods and self._within(one, route.location) and route.written.rstrip("/").endswith(path)


def run(folders: Iterable[str] = ()) -> None:
    """Print one row for each checkout that is named, and below it each registration that is no route."""
    print(
        "| service | files | counted | read | unresolved | findings |\n| --- | --: | --: | --: | --: | --- |"
    )
    for folder in folders:
        _row(Path(folder))


def _row(folder: Path) -> None:
    analysis = read(SourceQuery(folder=folder))
    view = analysis.view
    places = [one.location for one in view.unresolved]
    compared = Compared(folder, list(registrations(folder)), view.routes, places)
    missing = list(compared.missing())
    rules = Counter(finding.rule for finding in analysis.findings)
    findings = ", ".join(f"{count} {rule}" for rule, count in rules.most_common()) or "none"
    counted = len(compared.counted)
    print(
        f"| {folder.name} | {view.files} | {counted} | {counted - len(missing)} | {len(places)} | {findings} |",
        flush=True,
    )
    for one, outcome in missing:
        print(f"  {outcome}: {one}")


if __name__ == "__main__":
    run(sys.argv[1:])
