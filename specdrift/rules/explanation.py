"""What the page of a rule says beside the rule itself: how it is probed, and how it is put right on each stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import dedent


class Stack(StrEnum):
    """What terminates TLS or decides who may call, by the name that people know it by."""

    AXUM = "Axum"
    NGINX = "nginx"
    ENVOY = "Envoy"
    HAPROXY = "HAProxy"
    APACHE = "Apache"
    SPRING = "Spring"
    GO = "Go"
    NODE = "Node"

    @property
    def language(self) -> str:
        """What a code block of Markdown calls the language of this stack's snippets."""
        return _LANGUAGES[self]


_LANGUAGES = {
    Stack.AXUM: "rust",
    Stack.NGINX: "nginx",
    Stack.ENVOY: "yaml",
    Stack.HAPROXY: "haproxy",
    Stack.APACHE: "apache",
    Stack.SPRING: "java",
    Stack.GO: "go",
    Stack.NODE: "javascript",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What to do on one stack. ``snippet`` is the part of a configuration or program that does it; ``language`` is
    that of a Markdown code block.
    """

    stack: Stack
    text: str
    snippet: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document before and after. ``language`` is that of a Markdown code block."""

    before: str
    after: str
    language: str = "yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The rest of a rule's page. ``fixes`` has every stack where the server is at fault, and is empty
    where the document is: then ``change`` shows it before and after.
    """

    rule: str
    probed: str
    correct: str
    fixes: Mapping[Stack, Fix] = field(default_factory=dict)
    change: Change | None = None


def fixes(*of_each: Fix) -> Mapping[Stack, Fix]:
    """The fixes by their stacks."""
    return {each.stack: each for each in of_each}


def fix(stack: Stack, text: str, snippet: str) -> Fix:
    """The fix on one stack; the snippet may be indented like the code around it."""
    plain = _plain(snippet)
    # Spring is configured in Java and in a file of settings.
    language = "properties" if plain.startswith("# application.properties") else stack.language
    return Fix(stack=stack, text=text, snippet=plain, language=language)


def change(before: str, after: str, *, language: str = "yaml") -> Change:
    """A document before and after; both may be indented like the code around them."""
    return Change(before=_plain(before), after=_plain(after), language=language)


def _plain(snippet: str) -> str:
    return dedent(snippet).strip("\n").rstrip()
