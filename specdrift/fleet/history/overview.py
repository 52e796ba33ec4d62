"""The overview of a fleet run, as JSON, HTML and text."""

import base64
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from typing import Any, Self

from markupsafe import Markup
from msgspec import Struct, field, to_builtins

from specdrift import __version__
from specdrift.errors import ExitStatus
from specdrift.fleet.history.chart import BESIDE, bars, line
from specdrift.fleet.history.database import RunTotal
from specdrift.fleet.history.owners import OwnerTotal, owner_totals
from specdrift.fleet.history.result_writer import PAGES
from specdrift.fleet.history.summary import Summary, exit_status
from specdrift.model.plural import plural
from specdrift.reports.content.headline import SHOWN, Standing, label, standing_without_result
from specdrift.reports.html import templates
from specdrift.result.printable import printable
from specdrift.result.status import is_forgiven

SCHEMA_VERSION = "1.1"
TEMPLATE = "fleet.html.j2"
STYLE = "fleet.css"
SCRIPT = "fleet.js"


class Share(Struct, frozen=True, kw_only=True):
    """The services of a run: an inventory, the selection from it, and the shard."""

    inventory: str
    """SHA-256 of the file."""
    choice: str = ""
    """Selection on the command line; empty for all services."""
    shard: tuple[int, int] | None = None
    """Number and count; None without shards."""

    @property
    def whole(self) -> bool:
        """Whether all shards together have every service of the inventory."""
        return not self.choice

    def fits(self, other: "Share") -> bool:
        """Whether both are shards of the same run."""
        return (self.inventory, self.choice, self.count) == (other.inventory, other.choice, other.count)

    @property
    def count(self) -> int:
        """Number of shards."""
        return self.shard[1] if self.shard else 1

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Self:
        """Read from JSON. Raises KeyError, TypeError or ValueError."""
        number = found["shard"]
        shard = (int(number[0]), int(number[1])) if number else None
        return cls(inventory=found["inventory"], choice=found["choice"], shard=shard)


class FleetOverview(Struct, frozen=True, kw_only=True):
    """All services of one run."""

    run: str
    fleet: str
    started_at: str
    finished_at: str
    services: tuple[Summary, ...]
    """Worst first."""
    totals: tuple[RunTotal, ...] = ()
    """Runs of the fleet, this one last."""
    interrupted: bool = False
    forgiven: frozenset[str] = frozenset()
    """Services whose exit status 1 or 3 does not count (``exit-zero``)."""
    share: Share = field(default_factory=lambda: Share(inventory=""))

    @property
    def exit_status(self) -> int:
        """The worst of all services: 1 (drift) before 4, 2 and 3."""
        if self.interrupted:
            return ExitStatus.INTERRUPTED
        return exit_status(
            one
            for one in self.services
            if one.service not in self.forgiven or not is_forgiven(one.exit_status)
        )

    @property
    def standing(self) -> Standing:
        """The word of the run: it follows the exit status; passed unless every service is consistent."""
        if self.exit_status != ExitStatus.OK:
            return standing_without_result(self.exit_status)
        found = {one.shown_standing for one in self.services}
        if found <= {Standing.CONSISTENT}:
            return Standing.CONSISTENT
        return Standing.ACCEPTED if found <= {Standing.CONSISTENT, Standing.ACCEPTED} else Standing.PASSED

    @property
    def owners(self) -> tuple[OwnerTotal, ...]:
        """Totals of each owner; empty if no service names one."""
        return owner_totals(self.services)

    @property
    def sentence(self) -> str:
        """Summary of the run in one sentence."""
        errors = sum(one.drifts.error for one in self.services)
        warnings = sum(one.drifts.warning for one in self.services)
        drifting = sum(one.drifts.counting > 0 for one in self.services)
        accepted = sum(one.drifts.accepted for one in self.services)
        missing = sum(not one.judged for one in self.services)
        parts = [f"{drifting:,} of {plural(len(self.services), 'service')} drift"]
        parts += [f"{plural(errors, 'error')}, {plural(warnings, 'warning')}"] if drifting else []
        parts += [f"{plural(accepted, 'drift')} accepted by baselines"] if accepted else []
        parts += [f"{missing:,} could not be judged"] if missing else []
        excused = sum(one.service in self.forgiven and is_forgiven(one.exit_status) for one in self.services)
        count = "counts" if excused == 1 else "count"
        status = f"exit-zero: {plural(excused, 'service')} with exit status 1 or 3 {count} as 0"
        parts += [status] if excused else []
        parts += ["interrupted: the remaining services were not checked"] if self.interrupted else []
        return "; ".join(parts)


def as_json(found: FleetOverview) -> bytes:
    """Write the merged result: one line for each service, the worst first."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "specdrift", "version": __version__},
        "run": found.run,
        "fleet": found.fleet,
        "started_at": found.started_at,
        "finished_at": found.finished_at,
        "exit_status": found.exit_status,
        "interrupted": found.interrupted,
        "share": to_builtins(found.share),
    }
    members = ",\n ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items())
    rows = ",\n  ".join(json.dumps(_row(one, found.forgiven)) for one in found.services)
    return f'{{\n {members},\n "services": [\n  {rows}\n ]\n}}\n'.encode("ascii")


def _row(one: Summary, forgiven: Collection[str]) -> dict[str, object]:
    """Return the members of a service; ``result`` is the path of its result relative to the overview."""
    result = f"{PAGES}/{one.service}.json" if one.result else None
    return {**to_builtins(one), "exit_zero": one.service in forgiven, "result": result}


def as_html(found: FleetOverview) -> bytes:
    """Render one page; it links the page of each service. Its only script searches and sorts."""
    environment = templates.environment()
    style = "\n".join(templates.source(environment, name) for name in ("style.css", STYLE))
    script = templates.source(environment, SCRIPT)
    context = {
        "fleet": found,
        "verdict": verdict,
        "shown": shown,
        "standings": [
            (*verdict(each), count)
            for each, count in Counter(one.shown_standing for one in found.services).items()
        ],
        "pages": PAGES,
        "line": line,
        "beside": BESIDE,
        "bars": bars,
        "drifts": [one.drifts for one in found.totals],
        "moves": [(one.opened, one.fixed) for one in found.totals],
        "tool": f"specdrift {__version__}",
        # Our own files, whose digests must match exactly; they contain no untrusted text.
        "style": Markup(style),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "policy": f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'",
    }
    return templates.render(environment, TEMPLATE, context).encode()


def _digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()


def verdict(found: Standing) -> tuple[str, str]:
    """Return tone and label, as in the report of a service."""
    return SHOWN[found][1].value, label(found)


def shown(one: Summary, count: int, *, nothing: str) -> str:
    """Return a number of a service as text; ``nothing`` instead of 0 if the service was not judged."""
    return str(count) if one.judged or count else nothing


def as_text(found: FleetOverview) -> str:
    """Write a table for a terminal, the worst first."""
    rows = [("service", "errors", "warnings", "undecided", "new", "fixed", "")]
    rows += [tuple(_cells(one)) for one in found.services]  # type: ignore[misc]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = [
        "  ".join((f"{row[0]:<{widths[0]}}", *map(str.rjust, row[1:6], widths[1:]), row[6])).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", f"{found.sentence}.", ""])


def _cells(one: Summary) -> Iterator[str]:
    yield one.service
    counts = (one.drifts.error, one.drifts.warning, one.undecided)
    yield from (shown(one, count, nothing="-") for count in counts)
    yield f"+{one.change.new}" if one.change and one.change.new else ""
    yield f"-{one.change.fixed}" if one.change and one.change.fixed else ""
    # Not truncated: it is the last column, which a terminal wraps, and may end in a path.
    accepted = f"{one.drifts.accepted:,} accepted" if one.drifts.accepted else ""
    reason = printable(one.reason.partition("\n")[0], limit=400)
    owner = f"owner {printable(one.owner, limit=100)}" if one.owner else ""
    yield "; ".join(words for words in (owner, accepted, reason) if words)
