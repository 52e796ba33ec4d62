"""Run the quick tests in as many processes as there are cores: `python -m tests.parts`, as `./dev test --fast` does.

Workers of pytest-xdist would collect all files each, and send three reports for each of 9,000 tests of milliseconds.
Exits with the highest status of the parts.
"""

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parent


def parts(sizes: Iterable[tuple[int, str]], number: int) -> list[list[str]]:
    """Divide files among so many parts, about evenly by size (in bytes): the next largest to the smallest part."""
    divided: list[list[str]] = [[] for _ in range(number)]
    loads = [0] * number
    for size, name in sorted(sizes, reverse=True):
        least = loads.index(min(loads))
        divided[least].append(name)
        loads[least] += size
    return [part for part in divided if part]


def run_all(commands: Collection[Sequence[str]]) -> int:
    """Run commands at the same time; what the first prints is seen at once, and that of each other when it ended."""
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE if number else None, stderr=subprocess.STDOUT)
        for number, command in enumerate(commands)
    ]
    with ThreadPoolExecutor(max_workers=len(running)) as pool:
        for printed, _ in pool.map(subprocess.Popen.communicate, running):
            sys.stdout.buffer.write(printed or b"")
            sys.stdout.flush()
    return max(process.returncode for process in running)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments on every part."""
    files = ((file.stat().st_size, str(file.relative_to(TESTS.parent))) for file in TESTS.rglob("test_*.py"))
    pytest = (sys.executable, "-m", "pytest", *arguments)
    return run_all([(*pytest, *part) for part in parts(files, os.cpu_count() or 1)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
