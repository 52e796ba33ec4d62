"""Headers about a client certificate, and results of its verification, that the code names."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from specdrift.model.contract.location import SourceLocation, excerpt
from specdrift.model.result.source import HeaderMention
from specdrift.source.gateway.headers import CERTIFICATE_HEADER, HEADER_PART, RESULTS, VERIFICATION_RESULT


class CodeFile(Protocol):
    """A file of source code in any language."""

    @property
    def name(self) -> str: ...

    @property
    def content(self) -> bytes: ...


def header_mentions(
    files: Iterable[CodeFile], runs_at: Callable[[str, int], bool] | None = None
) -> Iterator[HeaderMention]:
    """Yield the first place of each header about a client certificate that the code names.

    ``runs_at`` tells whether any code runs that is at a byte of a file: what nothing calls reads no header.
    """
    seen: set[str] = set()
    for file in files:
        if HEADER_PART.search(file.content) is None:
            continue
        source_text = file.content.decode("utf-8", "replace")
        for found in CERTIFICATE_HEADER.finditer(source_text):
            name, at = found[1].lower(), len(source_text[: found.start(1)].encode())
            if name not in seen and (runs_at is None or runs_at(file.name, at)):
                seen.add(name)
                yield HeaderMention(name, _place_of(found, file.name))


def _place_of(found: re.Match[str], file: str) -> SourceLocation:
    """Return the place of the first group of a match, which is within a line."""
    before = found.string.rfind("\n", 0, found.start(1)) + 1
    after = found.string.find("\n", found.end(1))
    line = found.string[before : after if after >= 0 else None].rstrip("\r")
    number, column = found.string.count("\n", 0, before) + 1, found.start(1) - before + 1
    return SourceLocation(
        file=file,
        line=number,
        column=column,
        end_line=number,
        end_column=found.end(1) - before + 1,
        pointer="",
        text=excerpt(line, column),
    )


def verification_results(files: Iterable[CodeFile]) -> tuple[str, ...]:
    """Return the results of a verification that the code names."""
    contents = (file.content for file in files if any(one in file.content for one in RESULTS))
    texts = (content.decode("utf-8", "replace") for content in contents)
    return tuple(sorted({found for text in texts for found in VERIFICATION_RESULT.findall(text)}))
