"""Parameters and bodies, the same for all versions."""

from dataclasses import dataclass

from specdrift.loader.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterShape:
    """A Parameter Object. ``schema`` describes its value, ``holder`` carries its examples; ``media_type`` is
    set where the value is serialised by ``content``. ``location`` is ``in``.
    """

    name: str
    location: str
    required: bool
    schema: Place
    holder: Place
    style: str = "form"
    explode: bool = False
    allow_reserved: bool = False
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyShape:
    """One media type of a request or response body; ``schema`` may hold ``None`` where there is none."""

    media_type: str
    schema: Place
    holder: Place
