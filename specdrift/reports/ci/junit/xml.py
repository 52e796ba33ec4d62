"""Writes JUnit XML by the schema that Jenkins publishes."""

from io import BytesIO
from urllib.parse import urlsplit

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from specdrift.model.result.drift import Drift
from specdrift.model.result.result import OperationResult, Result
from specdrift.reports.ci.junit.cases import CaseOutcome, ReportedCase, cases
from specdrift.reports.content.repository_locations import RepositoryLocations
from specdrift.reports.report_format import RenderOptions
from specdrift.result.printable import printable, printable_block, xml_without_commands

SHORT = 400
"""Maximum length of a failure's message; its text is complete."""


def write(result: Result, options: RenderOptions) -> bytes:
    """Return the document in UTF-8. All text is printable: XML 1.0 excludes control characters."""
    writer = _Writer(result, RepositoryLocations(result, options.locate))
    whole = JUnitXml("specdrift")
    suites = [writer.suite(name, found) for name, found in cases(result).items()]
    # Not by `add_testsuite`: it compares each suite with all others. Their names differ: they are keys.
    whole.extend(suites)  # type: ignore[no-untyped-call]
    # Not by the library: it would count what is skipped too, for which the schema has no room here.
    for total in ("tests", "failures", "errors"):
        setattr(whole, total, sum(getattr(suite, total) for suite in suites))
    stream = BytesIO()
    whole.write(stream)
    return xml_without_commands(stream.getvalue().decode()).encode() + b"\n"


class _Writer:
    def __init__(self, result: Result, places: RepositoryLocations) -> None:
        self._result = result
        self._places = places
        self._operations = {str(item.operation.key): item for item in result.operations}

    def suite(self, name: str, found: list[ReportedCase]) -> TestSuite:
        suite = TestSuite(printable(name))
        suite.timestamp = self._result.started_at.strftime("%Y-%m-%dT%H:%M:%S")
        suite.hostname = printable(_host(self._result.target.base_url)) or "localhost"
        for key, value in self._facts(self._operations.get(name)).items():
            suite.add_property(key, printable(value))
        suite.add_testcases([self._case(case) for case in found])
        return suite

    def _facts(self, item: OperationResult | None) -> dict[str, str]:
        if item is None:
            return {"document": self._result.document.source, "target": self._result.target.base_url}
        operation = item.operation
        facts = {
            "operation_id": operation.operation_id,
            "demand": operation.requirement.demand.value,
            "location": str(self._places.of_operation(operation.key)),
        }
        if not self._result.nothing_sent:
            facts |= {"enforcement": item.enforcement.value, "verdict": item.verdict.value}
        return {name: value for name, value in facts.items() if value}

    def _case(self, case: ReportedCase) -> TestCase:
        written = TestCase(
            printable(case.name, limit=SHORT),
            classname=printable(case.suite, limit=SHORT),
            time=round(case.seconds, 3),
        )
        if case.outcome is CaseOutcome.FAILED:
            written.result = [self._failure(case.drifts)]
        elif case.outcome is CaseOutcome.ERROR:
            written.result = [Error(printable(case.reason, limit=SHORT), "not-judged")]
        elif case.outcome is CaseOutcome.SKIPPED:
            # Its text, not its message: that is where both Jenkins and GitLab look.
            skip = Skipped()
            skip.text = printable(case.reason)
            written.result = [skip]
        if case.summary:
            written.system_out = printable_block(case.summary)
        return written

    def _failure(self, drifts: tuple[Drift, ...]) -> Failure:
        """Return one element for all drifts: some readers show only the first."""
        first, more = drifts[0], len(drifts) - 1
        message = f"{first.message} (and {more} more)" if more else first.message
        failure = Failure(printable(message, limit=SHORT), printable(first.rule))
        failure.text = "\n\n".join(map(self._text, drifts))
        return failure

    def _text(self, drift: Drift) -> str:
        lines = [
            f"{drift.severity.value} {drift.rule}: {drift.title}",
            drift.message,
            f"declared at {self._places.of_drift(drift)}" if drift.location else "",
            f"certificate profile {drift.profile}" if drift.profile else "",
            f"confidence {drift.confidence.value}, fingerprint {drift.fingerprint}",
            f"reproduce: {drift.reproduce}" if drift.reproduce else "",
            f"fix: {drift.remediation}",
            f"specdrift explain {drift.rule}",
        ]
        return "\n".join(printable(line, limit=4000) for line in lines if line)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
