"""States that a document requires a client certificate nowhere."""

from specdrift.model.contract.contract import Contract
from specdrift.model.result.problem import Problem, ProblemKind

HOW_TO_REQUIRE = (
    'State it in specdrift.toml ([contract] require = "mutualTLS"; include-path, include-tag or exclude-path select '
    "operations), or in an OpenAPI Overlay (--overlay FILE)."
)


def no_requirement(contract: Contract) -> Problem | None:
    """Return the problem of a document with operations that all do without a client certificate."""
    if not contract.operations or contract.names_certificates:
        return None
    return Problem(
        kind=ProblemKind.NO_REQUIREMENT,
        text=f"{contract.document.source} requires a client certificate for no operation: there is no mutual TLS to "
        f"check. {HOW_TO_REQUIRE}",
    )
