"""Runs benchmarks by name; all of them without one. Exits 1 when a floor was missed."""

import argparse
import importlib
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """A module of this package with ``run(**options) -> bool``: whether the floors were held."""

    name: str
    about: str
    options: tuple[str, ...] = ()

    def run(self, chosen: dict[str, bool]) -> bool:
        """Print the figures of the benchmark."""
        module = importlib.import_module(f"benchmarks.{self.name}")
        held: bool = module.run(**{option: chosen[option] for option in self.options})
        return held


BENCHMARKS = (
    Benchmark(
        name="loader",
        about="security of every operation of a 13 MB JSON, a 3.5 MB YAML and 2,900 files",
        options=("peers",),
    ),
    Benchmark(name="crawl", about="1,000 operations as four identities, on a local nginx"),
    Benchmark(name="scale", about="5,000 services a night, simulated from what one costs here"),
    Benchmark(name="fleet", about="200 services on four Dask workers, beside one process (minutes)"),
)


def main() -> int:
    """Run what the command line names."""
    listing = "\n".join(f"  {one.name:8}{one.about}" for one in BENCHMARKS)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=f"benchmarks:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to run (default: all)")
    parser.add_argument("--list", action="store_true", help="only list them")
    parser.add_argument("--peers", action="store_true", help="measure other tools beside (minutes)")
    given = parser.parse_args()
    unknown = set(given.names) - {one.name for one in BENCHMARKS}
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    if given.list:
        print(listing)
        return 0
    chosen = [one for one in BENCHMARKS if not given.names or one.name in given.names]
    held = [one.run({"peers": given.peers}) for one in chosen]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
