"""Running text in which backticks mark code, as the rules' words and the checks' messages use them."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from specdrift.reports.html.view.text_types import Inline
from specdrift.result.printable import printable

CODE = re.compile(r"`([^`]+)`")


def inline(text: str) -> tuple[Inline, ...]:
    """Cut text into plain and code parts; a backtick without a partner stays what it is."""
    parts = CODE.split(printable(text, limit=2000))
    cut = (Inline(text=part, code=index % 2 == 1) for index, part in enumerate(parts))
    return tuple(part for part in cut if part.text)


def first_sentence(parts: tuple[Inline, ...]) -> Iterator[Inline]:
    """Yield running text up to the end of its first sentence."""
    for part in parts:
        text, stop, _ = part.text.partition(". ")
        if stop and not part.code:
            yield replace(part, text=f"{text}.")
            return
        yield part
