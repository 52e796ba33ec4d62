"""What holds for arbitrary results, in every format. One result is drawn for all: drawing it takes longest.

JUnit and SARIF have tests of their own, which are skipped where the tools with their schemas are not installed.
"""

from hypothesis import HealthCheck, given, settings

from specdrift.model.result.result import Result
from tests.reports.strategies import RESULTS
from tests.reports.test_github import every_command_is_one_that_the_runner_knows
from tests.reports.test_gitlab import one_finding_per_fingerprint
from tests.reports.test_gitlab_dast import any_result_fits_the_schema
from tests.reports.test_html import html_has_no_foreign_elements
from tests.reports.test_json import (
    each_exchange_is_written_as_its_json_value,
    json_reads_back_as_it_was_and_fits_the_schema,
)
from tests.reports.test_markdown import markdown_stays_small_and_inert
from tests.reports.test_openmetrics import openmetrics_can_be_read
from tests.reports.test_redact import redaction_is_idempotent
from tests.result.test_columns import exchanges_read_back_from_their_columns

CHECKS = (
    json_reads_back_as_it_was_and_fits_the_schema,
    each_exchange_is_written_as_its_json_value,
    exchanges_read_back_from_their_columns,
    redaction_is_idempotent,
    html_has_no_foreign_elements,
    markdown_stays_small_and_inert,
    every_command_is_one_that_the_runner_knows,
    one_finding_per_fingerprint,
    any_result_fits_the_schema,
    openmetrics_can_be_read,
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(RESULTS)
def test_every_format_holds_what_it_promises(result: Result) -> None:
    """Whatever a server, a document or an older version put into the result."""
    for check in CHECKS:
        check(result)
