"""Divides what HTTP/1.1 sends into the parts that are written one by one, each in a record of TLS."""

from itertools import pairwise

from specdrift.model.exchange.probe import HeadForm

EMPTY_LINE = b"\r\n"
BETWEEN_RECORDS_S = 0.02
"""Seconds between two parts, so that a proxy behind the end of TLS does not read both at once."""


def in_form(form: HeadForm, encoded: bytes) -> list[bytes]:
    """Return the parts of a request whose bytes are these."""
    match form:
        case HeadForm.WHOLE:
            return [encoded]
        case HeadForm.AFTER_EMPTY_LINE:
            return [EMPTY_LINE + encoded]
        case HeadForm.IN_RECORDS:
            return _in_records(encoded)


def _in_records(encoded: bytes) -> list[bytes]:
    """Divide after the first character of the target, after the request line, and before the empty line."""
    target = encoded.find(b" ") + 2
    line = encoded.find(EMPTY_LINE) + len(EMPTY_LINE)
    end = encoded.find(EMPTY_LINE * 2) + len(EMPTY_LINE)
    cuts = (0, target, line, end, len(encoded))
    return [encoded[start:stop] for start, stop in pairwise(cuts) if start < stop]
