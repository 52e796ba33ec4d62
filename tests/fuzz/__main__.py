"""``python -m tests.fuzz [MINUTES] [TARGET …]``: fuzz each target for its share of the time."""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from pathlib import Path

from hypothesis.errors import FlakyFailure

from tests.fuzz.fuzzing import Found, fuzz
from tests.fuzz.oracle import TooSlow, check_growth
from tests.fuzz.targets import TARGETS

SEEDS = Path(__file__).with_name("seeds")
MINUTES = 10.0
EXAMPLES = 60
"""In one round of a target: its time is looked at between rounds, and inputs are drawn to the end of one."""


def main(arguments: list[str]) -> int:
    """Fuzz; keep each input that breaks a reader, and return 1 if there is one."""
    minutes = float(arguments[0]) if arguments and arguments[0].replace(".", "").isdigit() else MINUTES
    names = [name for name in arguments if name in TARGETS] or list(TARGETS)
    share = minutes * 60 / len(names)
    broken = 0
    for name in names:
        ends, rounds = time.monotonic() + share, 0
        while (left := ends - time.monotonic()) > 0:
            rounds += 1
            try:
                fuzz(TARGETS[name], examples=EXAMPLES, seconds=left)
            except Found as found:
                broken += 1
                sys.stdout.write(f"{name}: {keep(name, found.content)}\n{traceback.format_exc()}\n")
                break
            except FlakyFailure as flaky:
                # A time near the limit, or one that other work on the machine added to.
                sys.stdout.write(f"{name}: not found again: {flaky}\n")
                if slow := [one for one in flaky.exceptions if isinstance(one, Found) and is_slow(name, one)]:
                    broken += 1
                    sys.stdout.write(f"{name}: slow all the same: {keep(name, slow[0].content)}\n")
                    break
        sys.stdout.write(f"{name}: {rounds} rounds\n")
        sys.stdout.flush()
    return 1 if broken else 0


def is_slow(name: str, found: Found) -> bool:
    """Return whether the time of an input grows too much where it is twice as long."""
    target = TARGETS[name]
    try:
        check_growth(target.read, target.refusals, found.parts or (b"", found.content, b""), scale=2)
    except TooSlow:
        return True
    return False


def keep(name: str, content: bytes) -> Path:
    """Write the input to the seeds."""
    file = SEEDS / name / hashlib.sha256(content).hexdigest()[:16]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
