"""What the requests of a check bought, as `./dev bench probes` counts it."""

from collections import Counter
from typing import Any

from benchmarks.bought import bought, together


def probe(
    name: str, check: str, *, tag: str = "", control: bool = False, attempts: int = 1
) -> dict[str, Any]:
    """Build what is read of an exchange in a result."""
    return {
        "id": name,
        "check": check,
        "attempts": attempts,
        "request": {"method": "GET"},
        "ahead": None,
        "control": False,
        "tag": {"name": tag, "control": "negative" if control else None} if tag else None,
    }


def drift(path: str, *probes: str) -> dict[str, Any]:
    """Build what is read of a finding."""
    return {"operation": {"method": "GET", "path": path}, "probes": list(probes)}


RESULT = {
    "probes": [
        probe("1", "certificate", attempts=2),
        probe("2", "path-variant", tag="prefix"),
        probe("3", "path-variant", tag="prefix", control=True),
        probe("4", "path-variant", tag="at http://127.0.0.1:40153"),
    ],
    "drifts": [drift("/a", "1"), drift("/a", "2", "3"), drift("/b", "2")],
}


def test_requests_and_findings_are_counted_for_each_check() -> None:
    """A finding is that of the first exchange that it shows; alone where no other check has one on its operation."""
    total = bought(RESULT)
    assert [(check, total.sent(check), total.found(check)) for check in total.checks] == [
        ("path-variant", 3, 2),
        ("certificate", 2, 1),
    ]
    assert total.controls["path-variant"] == 1
    assert total.alone == Counter({"path-variant": 1})


def test_attempts_without_a_finding_are_named_alike_on_each_server() -> None:
    """Their names have no address and no port; several servers are added up."""
    twice = together([bought(RESULT), bought(RESULT)])
    assert list(twice.never()) == [(("path-variant", "at http://…"), 2)]
    assert twice.servers == Counter({"path-variant": 2, "certificate": 2})
