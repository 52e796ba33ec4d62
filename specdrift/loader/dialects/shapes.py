"""Parameters and bodies, the same for all versions."""

from typing import NamedTuple

from specdrift.loader.parse.node import DocumentNode


class ParameterShape(NamedTuple):
    """A Parameter Object. ``schema`` describes its value, ``holder`` carries its examples; ``media_type`` is
    set where the value is serialised by ``content``. ``location`` is ``in``.
    """

    name: str
    location: str
    required: bool
    schema: DocumentNode
    holder: DocumentNode
    style: str = "form"
    explode: bool = False
    allow_reserved: bool = False
    media_type: str = ""


class BodySchema(NamedTuple):
    """One media type of a request or response body; ``schema`` may hold ``None`` where there is none."""

    media_type: str
    schema: DocumentNode
    holder: DocumentNode
    required: bool = False
    """Whether a request must have a body."""
