"""Reads the files of a configuration: what is included, defined, conditional and expanded."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from msgspec import Struct, field

from specdrift.contained import OutsideFolderError, beneath, is_beneath
from specdrift.errors import UsageError
from specdrift.model.contract.location import SourceLocation
from specdrift.model.result.source import UnresolvedExpression, UnresolvedKind
from specdrift.source.apache.configuration.apache_directives import (
    ApacheDirective,
    everything,
    first_word,
    words,
)
from specdrift.source.apache.configuration.known_directives import HARMLESS
from specdrift.source.forwarded import UNKNOWN_PART
from specdrift.source.gateway.templates import TemplateMark, template_lines

MOST_BYTES = 8 * 1024 * 1024
MOST_LINES = 5000
"""Lines that are read: the settings of each virtual host are looked up among all, in quadratic time."""
DEEPEST = 16
"""Files within files, macros within macros, and sections within sections."""
LONGEST_LINE = 16_384
BUILT_IN = frozenset({"core", "so", "http", "unixd", "version"})
"""Modules that no LoadModule names."""
CONDITIONS = frozenset({"ifmodule", "ifdefine", "ifversion", "iffile", "ifdirective", "ifsection"})
_VARIABLE = re.compile(r"\$\{([^{}]+)\}")
_OPENING = re.compile(r"<([A-Za-z][\w]*)\s*(.*?)\s*>?\s*\Z")


class _Line(Struct, frozen=True):
    content: str
    place: SourceLocation


class _OpenSection(Struct):
    name: str
    written: str
    place: SourceLocation
    block: list[ApacheDirective] = field(default_factory=list)


class _Macro(Struct, frozen=True):
    parameters: tuple[str, ...]
    lines: tuple[_Line, ...]


class ApacheFiles(Struct):
    """Reads files beneath one folder."""

    folder: Path
    unresolved: list[UnresolvedExpression] = field(default_factory=list)
    files: int = 0
    root: str = ""
    """ServerRoot."""
    _left: int = MOST_BYTES
    _fillable: int = MOST_BYTES
    """Characters that variables may still be replaced in: each may be made of others."""
    _lines: int = 0
    _defined: dict[str, str] = field(default_factory=dict)
    _modules: set[str] = field(default_factory=set)
    _macros: dict[str, _Macro] = field(default_factory=dict)
    _open: list[_OpenSection] = field(default_factory=list)

    def read(self, path: Path) -> tuple[ApacheDirective, ...]:
        """Return the directives of a file and of what it includes. Raises UsageError."""
        content = self._content(path)
        if content is None:
            raise UsageError(f"{path}: cannot be read")
        top = _OpenSection("", "", SourceLocation.of_line(str(path), 1, ""))
        self._open = [top]
        self._read_lines(_lines_of(path, content), 0)
        if len(self._open) > 1:
            left = self._open[-1]
            raise UsageError(f"{left.place}: <{left.name}> is not closed")
        return tuple(top.block)

    def not_read(self, at: SourceLocation, what: str, kind: UnresolvedKind = UnresolvedKind.SERVED) -> None:
        """List what is not understood."""
        self.unresolved.append(UnresolvedExpression(at, what, kind))

    def _content(self, path: Path) -> str | None:
        try:
            if not path.is_file() or path.stat().st_size > self._left:
                return None
            self._left -= path.stat().st_size
            self.files += 1
            content = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        lines = content.split("\n")
        numbers = islice(template_lines(content), 1)
        marks = (SourceLocation.of_line(str(path), number, lines[number - 1]) for number in numbers)
        self.unresolved += map(TemplateMark.at, marks)
        return content

    def _read_lines(self, lines: Iterator[_Line], depth: int) -> None:
        for line in lines:
            self._lines += 1
            if self._lines >= MOST_LINES or len(line.content) > LONGEST_LINE:
                self.not_read(line.place, "too many or too long lines")
                return
            if line.content.startswith("</"):
                self._close(line)
            elif line.content.startswith("<"):
                self._open_section(line, lines)
            else:
                self._directive(line, depth)

    def _open_section(self, line: _Line, lines: Iterator[_Line]) -> None:
        found = _OPENING.match(line.content)
        if found is None:
            raise UsageError(f"{line.place}: no directive or section")
        name, written = found[1].lower(), self._filled(found[2])
        if name == "macro":
            self._define_macro(written, line, lines)
            return
        holds = self._condition(name, written) if name in CONDITIONS else None
        if holds is False:
            for _ in _skipped(name, lines):
                self._lines += 1
            return
        if len(self._open) > DEEPEST:
            raise UsageError(f"{line.place}: more than {DEEPEST} sections within each other")
        opened = "" if holds else name
        self._open.append(_OpenSection(name, opened and written, line.place))

    def _close(self, line: _Line) -> None:
        name = line.content[2:].rstrip("> \t").lower()
        opened = self._open[-1]
        if len(self._open) == 1 or opened.name != name:
            raise UsageError(f"{line.place}: </{name}> closes no section")
        self._open.pop()
        around = self._open[-1].block
        if name not in CONDITIONS:
            around.append(ApacheDirective(name, opened.written, opened.place, tuple(opened.block)))
            return
        if opened.written and any(one.name not in HARMLESS for one in everything(tuple(opened.block))):
            around.append(ApacheDirective(name, opened.written, opened.place))
        around.extend(opened.block)

    def _condition(self, name: str, written: str) -> bool | None:
        """Return whether the content of a section counts; ``None`` if that is not known."""
        negated, wanted = written.startswith("!"), written.removeprefix("!").strip("\"'")
        known: bool | None = None
        if name == "ifmodule":
            known = self._has_module(wanted)
        elif name == "ifdefine":
            known = True if wanted in self._defined else None
        elif name == "ifversion":
            return _of_version(written)
        return known if known is None or not negated else not known

    def _has_module(self, wanted: str) -> bool | None:
        module = wanted.removesuffix(".c").removeprefix("mod_").removesuffix("_module")
        if module in self._modules or module in BUILT_IN:
            return True
        # Of a part of a configuration, such as one virtual host: TLS comes of this module.
        return True if module == "ssl" and not self._modules else None

    def _define_macro(self, written: str, line: _Line, lines: Iterator[_Line]) -> None:
        name, *parameters = words(written) or ("",)
        kept = tuple(_skipped("macro", lines))
        self._lines += len(kept)
        self._macros[name.lower()] = _Macro(tuple(parameters), kept)
        if not name:
            self.not_read(line.place, "a macro without a name")

    def _directive(self, line: _Line, depth: int) -> None:
        name, _, rest = line.content.partition(" ")
        name, rest = name.lower(), self._filled(rest.strip())
        at = line.place
        if name in ("include", "includeoptional"):
            self._include(rest, at, depth, optional=name == "includeoptional")
        elif name == "use":
            self._use(rest, at, depth)
        elif name == "define":
            variable, value = (*words(rest), "", "")[:2]
            self._defined[variable] = value
        elif name == "undefine":
            self._defined.pop(rest, None)
        elif name == "loadmodule":
            self._modules.add(first_word(rest)[0].removesuffix("_module"))
        elif name == "serverroot":
            self.root = first_word(rest)[0]
        else:
            self._open[-1].block.append(ApacheDirective(name, rest, at))

    def _filled(self, text: str) -> str:
        """Return a text with the values of its variables; unknown where they would make it, or all texts, too long."""
        names = _VARIABLE.findall(text)
        if not names:
            return text
        size = len(text) + sum(len(self._defined.get(name, "")) for name in names)
        if size > LONGEST_LINE or size > self._fillable:
            return UNKNOWN_PART
        self._fillable -= size
        return _VARIABLE.sub(lambda found: self._defined.get(found[1], UNKNOWN_PART), text)

    def _include(self, written: str, at: SourceLocation, depth: int, *, optional: bool) -> None:
        name = first_word(written)[0]
        if depth >= DEEPEST or UNKNOWN_PART in name:
            self._not_evaluated("include", written, at)
            return
        if self.root and name.startswith("/"):
            name = (
                name.removeprefix(self.root.rstrip("/")).lstrip("/") if name.startswith(self.root) else name
            )
        found = sorted(self._matching(name))
        if not found and not (optional and not name.startswith("/")):
            self._not_evaluated("include", written, at)
        for path in found:
            content = self._content(path) if is_beneath(self.folder, path.resolve()) else None
            if content is None:
                self._not_evaluated("include", path.name, at)
                continue
            self._read_lines(_lines_of(path, content), depth + 1)

    def _not_evaluated(self, name: str, written: str, at: SourceLocation) -> None:
        """Keep a directive whose content is not known: what it stands among is not known either."""
        self._open[-1].block.append(ApacheDirective(name, written, at))

    def _matching(self, name: str) -> Iterator[Path]:
        """Yield the files of a name with wildcards; of a folder, all beneath it."""
        try:
            wild = any(letter in name for letter in "*?[")
            if wild and not name.startswith("/") and ".." not in name:
                every: Iterator[Path] = self.folder.glob(name)
            else:
                every = iter((beneath(self.folder, name),))
            for path in every:
                yield from (one for one in path.rglob("*") if one.is_file()) if path.is_dir() else ()
                yield from (path,) if path.is_file() else ()
        except (OutsideFolderError, ValueError, NotImplementedError, OSError):
            return

    def _use(self, written: str, at: SourceLocation, depth: int) -> None:
        name, *values = words(written) or ("",)
        macro = self._macros.get(name.lower())
        if macro is None or depth >= DEEPEST or len(values) != len(macro.parameters):
            self._not_evaluated("use", name, at)
            return
        pairs = dict(zip(macro.parameters, values, strict=True))
        self._read_lines((_Line(_expanded(one.content, pairs), one.place) for one in macro.lines), depth + 1)


def _expanded(text: str, pairs: Mapping[str, str]) -> str:
    """Return a line of a macro with the values of its parameters; unknown where they would make it too long."""
    names = sorted((name for name in pairs if name), key=len, reverse=True)
    if not names:
        return text
    if len(text) + sum(text.count(name) * len(pairs[name]) for name in names) > LONGEST_LINE:
        return UNKNOWN_PART
    return re.sub("|".join(map(re.escape, names)), lambda found: pairs[found[0]], text)


def _skipped(name: str, lines: Iterator[_Line]) -> Iterator[_Line]:
    """Yield the lines up to the end of a section, and consume that."""
    depth = 1
    for line in lines:
        word = line.content.lower()
        depth += bool(re.match(rf"<{name}\b", word)) - bool(re.match(rf"</{name}\b", word))
        if not depth:
            return
        yield line


def _of_version(written: str) -> bool | None:
    """Return whether a comparison with 2.4 holds; that of a release is not known."""
    found = re.fullmatch(r"\s*(>=|<=|>|<|=|==)?\s*(\d+)(?:\.(\d+))?(?:\.\d+)?\s*", written)
    if found is None or (written.count(".") > 1):
        return None
    wanted, own = (int(found[2]), int(found[3] or 0)), (2, 4)
    if wanted == own:
        return {">=": True, "<": False}.get(found[1] or "=")
    above = own > wanted
    return above if (found[1] or "=").startswith(">") else (not above if found[1] in ("<", "<=") else False)


def _lines_of(path: Path, content: str) -> Iterator[_Line]:
    """Yield the lines that have something; a backslash at the end continues one."""
    started, first = "", 0
    for number, line in enumerate(content.split("\n"), 1):
        written = line.rstrip("\r")
        first = first or number
        if written.endswith("\\") and not written.endswith("\\\\"):
            started += written[:-1]
            continue
        text = (started + written).strip()
        if text and not text.startswith("#"):
            yield _Line(_one_space(text), SourceLocation.of_line(str(path), first, started + written))
        started, first = "", 0


def _one_space(text: str) -> str:
    """Return a line whose name is followed by one space."""
    name, *rest = text.split(None, 1)
    return f"{name} {rest[0]}" if rest else name
