"""The output folder says what the last run found: of an earlier one nothing remains that would pass for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.fleet.artifacts import service_report
from specdrift.fleet.history.database import MEMORY, Extent, open_history
from specdrift.fleet.history.overview import Share
from specdrift.fleet.history.run_writer import RunWriter
from specdrift.fleet.scheduler.outcome import TaskOutcome
from specdrift.fleet.scheduler.task import Failure, PriorState
from tests.fleet.stand import Stand, service
from tests.fleet.test_command import fleet
from tests.reports.factory import story
from tests.servers.cases import case_named

FILES = {"html", "json", "sarif"}


def ran(output: Path, *outcomes: TaskOutcome, asked: str) -> None:
    """One run that was to do ``asked``, a letter for each service."""
    with open_history(Path(MEMORY), fleet="all") as history:
        writer = RunWriter("all", share=Share(inventory=""), output=output, history=history)
        for one in outcomes:
            writer.store(one)
        writer.close(
            interrupted=len(outcomes) < len(asked), forgiven=frozenset(), extent=Extent.PART, services=asked
        )


def there(output: Path) -> dict[str, set[str]]:
    """Formats by service."""
    found: dict[str, set[str]] = {}
    for path in (output / "services").iterdir():
        found.setdefault(path.stem, set()).add(path.suffix[1:])
    return found


def good(name: str) -> TaskOutcome:
    """A result."""
    return TaskOutcome(service=name, report=service_report(name, story(), PriorState()))


def bad(name: str) -> TaskOutcome:
    """None."""
    return TaskOutcome(service=name, failure=Failure.REFUSED, reason="it cannot be read")


@pytest.mark.slow
def test_a_service_without_a_result_keeps_no_files_of_an_earlier_run(tmp_path: Path) -> None:
    """Old alerts would be uploaded as those of this run. Services that were not selected keep their files."""
    ran(tmp_path, *map(good, "abcd"), asked="abcd")
    assert there(tmp_path) == dict.fromkeys("abcd", FILES)
    ran(tmp_path, good("a"), bad("b"), asked="abc")
    assert there(tmp_path) == dict.fromkeys("ad", FILES)


def test_what_cannot_be_removed_is_named(tmp_path: Path) -> None:
    """It would lie there unnoticed."""
    (tmp_path / "services/a.sarif").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"cannot remove .*a\.sarif, which an earlier run wrote"):
        ran(tmp_path, bad("a"), asked="a")


@pytest.mark.servers
@pytest.mark.slow
def test_a_document_that_broke_takes_its_old_report_along(servers: Stand, tmp_path: Path) -> None:
    """The service beside it was not meant by --only, and its report stands."""
    name, url = next(iter(servers.base_urls.items()))
    one = Stand(pki=servers.pki, base_urls={name: url})
    document = tmp_path / "other.yaml"
    document.write_text("openapi: 3.1.0\ninfo: {title: other, version: '1'}\npaths: {}\n")
    other = service("other", url).replace(str(case_named("nginx-on").document), str(document))
    fleet(tmp_path, one.inventory(first=other))
    assert there(tmp_path / "out") == {name: FILES, "other": FILES}
    document.write_text("openapi: [\n")
    fleet(tmp_path, one.inventory(first=other), "--only", "other")
    assert there(tmp_path / "out") == {name: FILES}
