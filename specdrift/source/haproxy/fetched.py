"""Values of samples, and conditions on those that are not known."""

from msgspec import Struct

from specdrift.source.forwarded import UNKNOWN_PART

LONGEST = 8192


class Sample(Struct, frozen=True):
    """What a fetch or a converter returns."""

    content: str = ""
    unknown: str = ""
    """What it depends on, if it is not known; it is not empty then."""
    chosen: bool = False
    """The client determines what is not known: a name in its certificate, or how it connects."""
    number: bool = False
    """An integer or a boolean."""
    positive: bool = False
    """Of a number that is not known."""
    certificate: bool = False
    """Taken from the client certificate."""
    state: str = ""
    """What it depends on beside this request, if it does: ``content`` is what it usually is then."""

    @property
    def is_absent(self) -> bool:
        """True if it usually has no value: an earlier request may have left one."""
        return bool(self.state) and not self.number and not self.content

    @property
    def written(self) -> str:
        """Its text, with a mark for what is not known."""
        return UNKNOWN_PART if self.unknown or self.state else self.content


YES, NO = Sample("1", number=True), Sample("0", number=True)


def truth(value: object) -> Sample:
    """Return whether something is true, as a sample."""
    return YES if value else NO
