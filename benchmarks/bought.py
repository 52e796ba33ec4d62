"""What the requests of each check bought on one server: counted in its result. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

CHANCE = re.compile(r"[\d.]+:\d+|:\d+|\d+(?:\.\d+){3}|[0-9a-f]{8,}")
"""Parts of an attempt's name that are another on each server: addresses, ports, random names."""
BUNDLE = "bundle "
"""How the names of attempts begin that carry many headers at once."""
Attempt = tuple[str, str]
"""A check, and its name of an attempt; empty for its plain requests."""


class Bought(Struct, frozen=True, kw_only=True):
    """What the checks sent, and what it found, on one server or on several.

    ``alone`` counts operations (and the listener) that no other check has a finding on; ``servers`` those on which a
    check sent something.
    """

    servers: Counter[str] = field(default_factory=Counter)
    requests: Counter[Attempt] = field(default_factory=Counter)
    controls: Counter[str] = field(default_factory=Counter)
    findings: Counter[Attempt] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)

    @property
    def checks(self) -> list[str]:
        """The checks, those with most requests first."""
        return sorted(self.servers, key=lambda check: (-self.sent(check), check))

    def sent(self, check: str) -> int:
        """Return the number of requests of a check."""
        return sum(number for (name, _), number in self.requests.items() if name == check)

    def found(self, check: str) -> int:
        """Return the number of findings that rest on exchanges of a check first."""
        return self.findings[check, ""]

    def never(self) -> Iterator[tuple[Attempt, int]]:
        """Yield the named attempts that no finding rests on, those with most requests first.

        Without bundles, which are split before they become a finding, and checks that send only controls.
        """
        of_controls = {check for check in self.servers if self.controls[check] == self.sent(check)}
        for attempt, number in sorted(self.requests.items(), key=lambda each: (-each[1], each[0])):
            is_whole = attempt[1] and not attempt[1].startswith(BUNDLE) and attempt[0] not in of_controls
            if is_whole and number and not self.findings[attempt]:
                yield attempt, number


def bought(result: Mapping[str, Any]) -> Bought:
    """Count one result (JSON)."""
    probes = {probe["id"]: probe for probe in result["probes"]}
    total = Bought(servers=Counter({probe["check"] for probe in result["probes"]}))
    for probe in probes.values():
        sent = probe["attempts"] * (probe["request"]["method"] is not None) + (probe["ahead"] is not None)
        total.requests[_attempt(probe)] += sent
        total.controls[probe["check"]] += sent * _is_control(probe)
    places: dict[object, set[str]] = defaultdict(set)
    for drift in result["drifts"]:
        shown = [probes[name] for name in drift["probes"] if name in probes]
        if not shown:
            continue
        check = shown[0]["check"]
        places[_place(drift)].add(check)
        named = {_attempt(probe) for probe in shown if not _is_control(probe)} - {(check, "")}
        total.findings.update({(check, ""), *named})
    total.alone.update(next(iter(checks)) for checks in places.values() if len(checks) == 1)
    return total


def together(each: Iterable[Bought]) -> Bought:
    """Add up several servers."""
    total = Bought()
    for one in each:
        for name in Bought.__struct_fields__:
            getattr(total, name).update(getattr(one, name))
    return total


def _attempt(probe: Mapping[str, Any]) -> Attempt:
    name = (probe["tag"] or {}).get("name") or ""
    return probe["check"], CHANCE.sub("…", name).strip()


def _is_control(probe: Mapping[str, Any]) -> bool:
    return probe["control"] or bool(probe["tag"] and probe["tag"]["control"])


def _place(drift: Mapping[str, Any]) -> object:
    operation = drift["operation"]
    return (operation["method"], operation["path"]) if operation else None
