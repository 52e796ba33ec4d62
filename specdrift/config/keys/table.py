"""What a configuration key is, and the tables that keys stand in."""

from dataclasses import dataclass
from enum import Enum

from specdrift.config.keys.kinds import Kind


class Shape(Enum):
    """How a group stands in the file."""

    SINGLE = "table"
    LIST = "array of tables"
    NAMED = "table of tables"
    """``[schemes.NAME]``: the user chooses the names."""
    FREE = "table of values"
    """``[battery]``: the user chooses the names, each with a value of one kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key. ``field`` is where its value goes inside the group's settings, when that is not the name with
    underscores; ``variable`` its environment variable, when that does not follow from option or name.
    """

    name: str
    kind: Kind
    help: str
    option: str = ""
    field: str = ""
    variable: str = ""
    required: bool = False

    @property
    def target(self) -> str:
        return self.field or self.name.replace("-", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One table of the file; ``name`` is empty for the top. ``values`` is the kind in a FREE group."""

    name: str
    about: str
    shape: Shape = Shape.SINGLE
    keys: tuple[Key, ...] = ()
    values: Kind | None = None

    def find(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)

    def dotted(self, key: Key) -> str:
        """The key's name in ``origins`` and messages: ``network.timeout``."""
        return f"{self.name}.{key.name}" if self.name else key.name

    def variable(self, key: Key) -> str:
        """``SPECDRIFT_TIMEOUT``: named after the option where there is one, else after group and key."""
        word = key.variable or key.option.removeprefix("--") or self.dotted(key)
        return "SPECDRIFT_" + word.upper().replace("-", "_").replace(".", "_")
