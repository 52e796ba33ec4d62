"""``python -m tests.generated [SERVERS] [FIRST_SEED]``: measures the verdicts on generated servers."""

# ruff: noqa: T201 - its job is to print a table

import sys

from tests.generated.measure import Judged, judge_all, rates

MOST = 40
"""Errors that are printed, the gravest first."""


def main(servers: int = 3000, first: int = 0) -> int:
    """Print the rates and the gravest errors; 1 where a verdict is false."""
    judged = judge_all(range(first, first + servers))
    for name, (count, total) in rates(judged).items():
        print(f"{name:20} {count:6} of {total:6}  {100 * count / max(1, total):.2f} %")
    incorrect = [
        each for each in judged if each.false_consistent or each.false_drift or each.undecided or each.missed
    ]
    for each in sorted(incorrect, key=_gravity)[:MOST]:
        fault = each.operation.fault.name if each.operation.fault else "correct"
        print(
            f"seed {each.seed}: {each.verdict.value:10} {fault:24} {each.server.label} {sorted(each.rules)}"
        )
    return int(any(each.false_consistent or each.false_drift for each in judged))


def _gravity(each: Judged) -> int:
    kinds = (each.false_consistent, each.false_drift, each.undecided)
    return kinds.index(True) if any(kinds) else len(kinds)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
