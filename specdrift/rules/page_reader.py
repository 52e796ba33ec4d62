"""Reads ``rules/pages/<rule id>.md``: a small, strict part of Markdown.

    # <rule id>

    ## How it is found
    A paragraph.

    ## What is correct
    A paragraph.

Then, for a rule about a server or its source, one section per `Stack`:

    ## Fix: nginx
    A paragraph, then one fenced code block that names its language.

or, for a rule about the document, two sections of one code block each: ``## Before`` and ``## After``.
Lines of a paragraph are joined by spaces. Sections keep this order.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

from msgspec import Struct

from specdrift.rules.explanation import Correction, Explanation, Fix, Stack

FOUND = "How it is found"
CORRECT = "What is correct"
BEFORE = "Before"
AFTER = "After"
FIX = "Fix: "
FENCE = "```"


class InvalidPage(ValueError):
    """A page does not have the structure above. The message starts with file and line."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}:{line}: {problem}")


@cache
def explanations() -> Mapping[str, Explanation]:
    """Read all pages, by rule id. Raises InvalidPage."""
    pages = sorted(files("specdrift.rules").joinpath("pages").iterdir(), key=lambda file: file.name)
    read = (parse_page(page.name, page.read_text(encoding="utf-8")) for page in pages)
    return {explanation.rule: explanation for explanation in read}


def parse_page(name: str, text: str) -> Explanation:
    """Parse the page in the file ``name``. Raises InvalidPage."""
    rule = name.removesuffix(".md")
    title, *sections = _sections(name, text.splitlines())
    if title.heading != rule or title.paragraph or title.code is not None:
        raise InvalidPage(name, 1, f'the first section must be the heading "# {rule}" alone')
    reader = _Reader(name, sections)
    found, correct = reader.paragraph(FOUND), reader.paragraph(CORRECT)
    fixes = {} if reader.at(BEFORE) else dict(reader.fixes())
    change = None if fixes else reader.change()
    reader.end()
    return Explanation(rule=rule, probed=found, correct=correct, fixes=fixes, change=change)


class _Code(Struct, frozen=True, kw_only=True):
    language: str
    text: str


class _Section(Struct, kw_only=True):
    """A heading with what follows it: a paragraph, a code block, or both in this order."""

    line: int
    """Line number of the heading, from 1."""
    heading: str
    paragraph: str = ""
    code: _Code | None = None


def _sections(name: str, lines: Sequence[str]) -> Iterator[_Section]:
    """Split a page at its headings; the first has level 1, the others level 2."""
    if not lines or not lines[0].startswith("# "):
        raise InvalidPage(name, 1, 'the page must start with a heading "# <rule id>"')
    section = _Section(line=1, heading=lines[0].removeprefix("# "))
    numbered = enumerate(lines[1:], start=2)
    for number, line in numbered:
        if line.startswith("## "):
            yield section
            section = _Section(line=number, heading=line.removeprefix("## "))
        elif line.startswith("#"):
            raise InvalidPage(name, number, 'headings after the first start with "## "')
        elif line and section.code:
            raise InvalidPage(name, number, "nothing may follow the code block of a section")
        elif line.startswith(FENCE):
            section.code = _code(name, number, line, numbered)
        elif line and section.paragraph and not lines[number - 2]:
            raise InvalidPage(name, number, "a section has one paragraph")
        elif line:
            section.paragraph = f"{section.paragraph} {line}".lstrip()
    yield section


def _code(name: str, start: int, opening: str, following: Iterator[tuple[int, str]]) -> _Code:
    """Read the code block that ``opening`` starts, up to its closing fence."""
    language = opening.removeprefix(FENCE)
    if not language:
        raise InvalidPage(name, start, "the code block does not name its language")
    block: list[str] = []
    for _number, line in following:
        if line == FENCE:
            return _Code(language=language, text="\n".join(block))
        block.append(line)
    raise InvalidPage(name, start, "the code block is not closed")


class _Reader:
    """Takes the sections of one page in their order."""

    def __init__(self, name: str, sections: Sequence[_Section]) -> None:
        self._name = name
        self._sections = list(sections)
        self._line = 1

    def at(self, heading: str) -> bool:
        """Whether the next section has this heading."""
        return bool(self._sections) and self._sections[0].heading == heading

    def paragraph(self, heading: str) -> str:
        """Take a section that is one paragraph."""
        section = self._take(heading)
        if section.code or not section.paragraph:
            raise InvalidPage(self._name, section.line, f'"{heading}" must be one paragraph')
        return section.paragraph

    def fixes(self) -> Iterator[tuple[Stack, Fix]]:
        """Take the sections of all servers and frameworks."""
        for stack in Stack:
            if self.at(FIX + stack):
                section = self._take(FIX + stack)
                if not section.code or not section.paragraph:
                    problem = f'"{FIX}{stack}" must be a paragraph and a code block'
                    raise InvalidPage(self._name, section.line, problem)
                code = section.code
                yield (
                    stack,
                    Fix(stack=stack, text=section.paragraph, snippet=code.text, language=code.language),
                )

    def change(self) -> Correction:
        """Take the sections before and after the correction."""
        before, after = self._block(BEFORE), self._block(AFTER)
        if before.language != after.language:
            raise InvalidPage(self._name, self._line, f'"{BEFORE}" and "{AFTER}" must be of one language')
        return Correction(before=before.text, after=after.text, language=before.language)

    def end(self) -> None:
        """Accept no further section."""
        if self._sections:
            section = self._sections[0]
            raise InvalidPage(self._name, section.line, f'"## {section.heading}" is not expected here')

    def _block(self, heading: str) -> _Code:
        section = self._take(heading)
        if section.code is None or section.paragraph:
            raise InvalidPage(self._name, section.line, f'"{heading}" must be one code block')
        return section.code

    def _take(self, heading: str) -> _Section:
        if not self.at(heading):
            line = self._sections[0].line if self._sections else self._line
            raise InvalidPage(self._name, line, f'"## {heading}" is expected here')
        section = self._sections.pop(0)
        self._line = section.line
        return section
