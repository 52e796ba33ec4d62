"""The objects of SARIF 2.1.0, with those members that the library does not have yet."""

from pydantic import Field
from sarif_pydantic import sarif

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class SarifResult(sarif.Result):
    """Adds §3.27.24 and §3.27.23."""

    baseline_state: str | None = None
    suppressions: list[sarif.Suppression] | None = None


class SarifInvocation(sarif.Invocation):
    """Adds §3.20.14 and §3.20.21."""

    exit_code: int | None = None
    exit_code_description: str | None = None
    tool_execution_notifications: list[sarif.Notification] | None = None


class SarifRun(sarif.Run):
    """Adds §3.14.17, and holds the objects of this module."""

    column_kind: str | None = None
    invocations: list[SarifInvocation] | None = None  # type: ignore[assignment]
    results: list[SarifResult] | None = None  # type: ignore[assignment]


class SarifLog(sarif.Sarif):
    """Holds runs of this module, and names its schema."""

    schema_uri: str | None = Field(default=SCHEMA, alias="$schema")
    runs: list[SarifRun]  # type: ignore[assignment]


def message(text: str) -> sarif.Message:
    """A plain text message in which nothing is a link (§3.11.6)."""
    return sarif.Message(text=text.replace("](", "] ("))
