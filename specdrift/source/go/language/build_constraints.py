"""Which files belong to a build: those of Linux on amd64, without tags of its own."""

import re
from collections.abc import Iterator

_SYSTEMS = """
aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1
windows
"""
SYSTEMS = frozenset(_SYSTEMS.split())
_ARCHITECTURES = """
386 amd64 arm arm64 loong64 mips mips64 mipsle ppc64 ppc64le riscv64 s390x wasm
"""
ARCHITECTURES = frozenset(_ARCHITECTURES.split())
KNOWN = frozenset({"linux", "amd64", "unix", "gc", "cgo"})
"""Tags that the build has; each version of Go (``go1.21``) is another one."""
CONSTRAINT = re.compile(rb"^//go:build[ \t]+(.+)$", re.MULTILINE)
TOKEN = re.compile(r"\|\||&&|[!()]|[\w.]+")


def is_built(name: str, content: bytes) -> bool:
    """Return whether a file belongs to the build."""
    words = name.removesuffix(".go").split("_")[1:][-2:]
    if words[-1:] == ["test"]:
        return False
    named = words if words[-1:] and words[-1] in ARCHITECTURES else words[-1:]
    if any(word in SYSTEMS | ARCHITECTURES and word not in KNOWN for word in named):
        return False
    header = content.partition(b"\npackage ")[0] if not content.startswith(b"package ") else b""
    found = CONSTRAINT.search(header)
    return found is None or _holds(found[1].decode("utf-8", "replace"))


def _holds(expression: str) -> bool:
    tokens = iter([*TOKEN.findall(expression), ""])
    return _Parser(tokens).either()


class _Parser:
    """Evaluates ``a && !(b || c)``."""

    def __init__(self, tokens: Iterator[str]) -> None:
        self._tokens = tokens
        self._next = next(tokens)

    def either(self) -> bool:
        holds = self._both()
        while self._next == "||":
            self._advance()
            other = self._both()
            holds = holds or other
        return holds

    def _both(self) -> bool:
        holds = self._one()
        while self._next == "&&":
            self._advance()
            other = self._one()
            holds = holds and other
        return holds

    def _one(self) -> bool:
        word = self._advance()
        if word == "!":
            return not self._one()
        if word == "(":
            holds = self.either()
            self._advance()
            return holds
        return word in KNOWN or word.startswith("go1.")

    def _advance(self) -> str:
        word, self._next = self._next, next(self._tokens, "")
        return word
