"""Why something was not judged, or not tried: kinds for code, beside the texts for people."""

from enum import StrEnum


class UndecidedReason(StrEnum):
    """Why an operation stays undecided."""

    UNREADABLE_REQUIREMENT = "unreadable-requirement"
    """The document's requirement cannot be read."""
    NO_REQUIREMENT = "no-requirement"
    """The server requires a certificate, and the document mentions none."""
    NOT_SENT = "not-sent"
    """Its requests may not be sent, or cannot be made."""
    CONTROL_REFUSED = "control-refused"
    """No valid certificate was admitted."""
    INCONCLUSIVE = "inconclusive"
    """An answer is neither an admission nor a refusal."""
    HEAD_NOT_DECIDED = "head-not-decided"
    """The server awaits the body, or does not answer a head alone; the body is not sent (``headers``)."""
    NOT_REPORTED = "not-reported"
    """It contradicts the document, and no check of the run reports that."""
    NO_COMPARISON = "no-comparison"
    """No identity with the role was admitted to compare with."""
    ROLE_NOT_CHECKED = "role-not-checked"
    """Only identities without configured roles were admitted where a role is required."""
    UNKNOWN_GUARD = "unknown-guard"
    """The code of a guard is not in the source."""
    SOURCE_NOT_READ = "source-not-read"
    """Its route is not in the source that was read, or in no router that is known to be served."""
    STOPPED = "stopped"
    """The run stopped before."""
    OTHER = "other"


class SkipReason(StrEnum):
    """Why a check or an operation was skipped."""

    FILTERED = "filtered"
    """By the configuration: filters, ``enabled``, ``--changed-since``, policies, allowed hosts."""
    NEEDS_IDENTITY = "needs-identity"
    """A further identity, or one with other roles, is needed."""
    ROLE_NOT_CHECKED = "role-not-checked"
    """Identities without configured roles were admitted where a role is required."""
    CONTROL_REFUSED = "control-refused"
    """The control was refused, so that nothing follows."""
    UNDECIDABLE = "undecidable"
    """The answer has two explanations."""
    NOT_AVAILABLE = "not-available"
    """A program, session, key or token claim is missing."""
    OTHER = "other"
