"""What each caller gets at two targets of one document (``--beside``)."""

from enum import StrEnum

from msgspec import Struct

from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.verdict import Outcome


class TargetAgreement(StrEnum):
    """Whether two targets decide alike. Where a refusal happens may differ."""

    DIFFERENT = "different"
    UNDECIDED = "undecided"
    """One of them, or neither, decides."""
    ALIKE = "alike"


class ComparedCaller(Struct, frozen=True, kw_only=True):
    """One caller of an operation."""

    identity: str
    here: Outcome | None
    """``None``: it was not sent to this target."""
    there: Outcome | None
    """``None``: it was not sent to the other target."""
    refused_alike: bool = False
    """Not sent to one target, which refused it on all operations that got it; the other one refuses it here."""

    @property
    def agreement(self) -> TargetAgreement:
        if self.refused_alike:
            return TargetAgreement.ALIKE
        if not (is_decided(self.here) and is_decided(self.there)):
            return TargetAgreement.UNDECIDED
        alike = (self.here is Outcome.ADMITTED) == (self.there is Outcome.ADMITTED)
        return TargetAgreement.ALIKE if alike else TargetAgreement.DIFFERENT


class ComparedOperation(Struct, frozen=True, kw_only=True):
    """One operation at both targets."""

    operation: OperationKey
    callers: tuple[ComparedCaller, ...]

    @property
    def agreement(self) -> TargetAgreement:
        """The worst of its callers: different, undecided, alike."""
        found = {caller.agreement for caller in self.callers}
        return next((one for one in TargetAgreement if one in found), TargetAgreement.UNDECIDED)


class TargetComparison(Struct, frozen=True, kw_only=True):
    """This target, and the other one."""

    base_url: str
    """Of the other one."""
    operations: tuple[ComparedOperation, ...]
    """Those that differ come first, then those that are undecided."""


def is_decided(outcome: Outcome | None) -> bool:
    """Return whether an outcome is an admission or a refusal."""
    return outcome is Outcome.ADMITTED or (outcome is not None and outcome.refused)
