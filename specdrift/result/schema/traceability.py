"""Schema of what a run says about the requirements of a standard."""

from specdrift.model.result.traceability import (
    IdentityField,
    Traceability,
    TracedRequirement,
    TracedRule,
    TraceStatus,
)
from specdrift.result.schema.codec import array, choice, member, record
from specdrift.result.schema.scalars import BLANK, TEXT, TEXTS

_RULE = record(
    "traced_rule",
    "What the run says about a rule that answers for a requirement.",
    (
        member("rule", TEXT),
        member("status", choice(TraceStatus)),
        member("drifts", TEXTS, about="Fingerprints of the drifts that violate the requirement."),
        member("reason", BLANK, about="Why it is not established."),
    ),
    TracedRule,
)
_REQUIREMENT = record(
    "traced_requirement",
    "What the run says about a requirement of a standard. No status says that it is fulfilled.",
    (
        member("id", BLANK, about="Section or number in the standard; null: it could not be verified."),
        member("text", TEXT, about="The requirement, in our words."),
        member("coverage", TEXT, about="Whether the rules answer for all of it, for a part, or for nothing."),
        member("how", TEXT, about="What of it is probed, or why nothing is."),
        member("status", choice(TraceStatus)),
        member("rules", array(_RULE)),
    ),
    TracedRequirement,
)
_FIELD = record(
    "identity_field",
    "A field of an identity's certificate that carries an identity or a role.",
    (
        member("identity", TEXT),
        member("field", TEXT),
        member("values", TEXTS, about="Empty: the certificate does not have the field."),
    ),
    IdentityField,
)
TRACEABILITY = record(
    "traceability",
    "A standard, requirement by requirement.",
    (
        member("profile", TEXT),
        member("title", TEXT),
        member("edition", TEXT),
        member("url", TEXT),
        member("note", BLANK, about="What was not read of the standard."),
        member("requirements", array(_REQUIREMENT)),
        member("fields", array(_FIELD)),
    ),
    Traceability,
)
