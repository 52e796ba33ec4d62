"""Texts with ``%[…]``: headers, paths and names of backends that rules make."""

import re
from collections.abc import Iterator

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.exchange import Undetermined
from specdrift.source.haproxy.converters import evaluated
from specdrift.source.haproxy.fetched import LONGEST, Sample
from specdrift.source.haproxy.request_state import RequestState
from specdrift.source.haproxy.sample_expressions import closing

_START = re.compile(r"%(?:\([^)]*\))?(?:\{[^}]*\})?(?:(\[)|([A-Za-z]+)|(%))")
_CERTIFICATE = re.compile(r"\bssl_c_|\bssl_fc_has_crt\b")


class Filled(Struct, frozen=True):
    """The value of a text."""

    content: str
    """With a mark for each part that is not known."""

    @property
    def exact(self) -> bool:
        return UNKNOWN_PART not in self.content


def expressions(template: str) -> Iterator[str]:
    """Yield the expressions of a text."""
    return (part for part, is_expression in parts(template) if is_expression)


def from_certificate(template: str, variables: frozenset[str]) -> bool:
    """Return whether a text takes something from the certificate; some variables hold a part of it."""
    return any(
        _CERTIFICATE.search(one) or any(f"var({name})" in one for name in variables)
        for one in expressions(template)
    )


def filled(template: str, state: RequestState, at: SourceLocation) -> Filled:
    """Return the value of a text. Raises Undetermined."""
    written: list[str] = []
    for part, is_expression in parts(template):
        if not is_expression:
            written.append(part)
            continue
        sample = evaluated(part, state, at)
        written.append("" if sample is None else sample.written)
    text = "".join(written)
    if len(text) > LONGEST:
        raise Undetermined("a long value", at)
    return Filled(text)


def sample_of(value: Filled) -> Sample:
    """Return a text as a sample."""
    return Sample(value.content) if value.exact else Sample(unknown="a value that is not known", chosen=True)


def parts(template: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text, each with whether it is an expression."""
    at = 0
    while found := _START.search(template, at):
        yield template[at : found.start()], False
        at = found.end()
        if found[1]:
            end = closing(template, at - 1, "[]")
            if end < 0:
                yield template[at - 1 :], False
                return
            yield template[at:end].strip(), True
            at = end + 1
        else:
            yield "%" if found[3] else UNKNOWN_PART, False
    yield template[at:], False
