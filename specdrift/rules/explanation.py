"""The part of a rule's page that the rule itself does not hold: how it is probed, and a fix for each server."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field


class Stack(StrEnum):
    """A server or framework that terminates TLS or authorizes requests, by its product name."""

    AXUM = "Axum"
    NGINX = "nginx"
    ENVOY = "Envoy"
    HAPROXY = "HAProxy"
    APACHE = "Apache"
    SPRING = "Spring"
    GO = "Go"
    NODE = "Node"
    TRAEFIK = "Traefik"
    KONG = "Kong"


class Fix(Struct, frozen=True, kw_only=True):
    """How to fix a server or framework."""

    stack: Stack
    text: str
    """What to change, as one paragraph of Markdown."""
    snippet: str
    """Excerpt of a configuration or program that does it."""
    language: str
    """Language of the snippet's code block in Markdown: ``nginx``, ``rust``."""


class Correction(Struct, frozen=True, kw_only=True):
    """An OpenAPI document (or configuration) before and after its correction."""

    before: str
    after: str
    language: str
    """Language of both code blocks in Markdown."""


class Explanation(Struct, frozen=True, kw_only=True):
    """The content of one file in ``rules/pages``."""

    rule: str
    """The rule's id."""
    probed: str
    """How the rule's drift is found, as one paragraph of Markdown."""
    correct: str
    """What a correct server or document does, as one paragraph of Markdown."""
    fixes: Mapping[Stack, Fix] = field(default_factory=dict)
    """Empty for a rule about the document."""
    change: Correction | None = None
    """None for a rule about a server or its source."""
