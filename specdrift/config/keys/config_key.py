"""Configuration keys and the tables that hold them."""

from enum import Enum, StrEnum

from msgspec import Struct

from specdrift.config.keys.permission import Permission
from specdrift.config.value_types.plain import ValueType


class Section(StrEnum):
    """Heading of an option in ``--help``, in this order."""

    TARGET = "Target and identities"
    DOCUMENT = "Document and sources"
    SCOPE = "Scope"
    LIMITS = "Rate limits and timeouts"
    BASELINES = "Baselines and previous runs"
    EXIT_STATUS = "Exit status"
    OUTPUT = "Output"
    CONFIGURATION = "Configuration"
    OTHER = "Options"


class Shape(Enum):
    """Form of a group in the file."""

    SINGLE = "table"
    LIST = "array of tables"
    NAMED = "table of tables"
    """``[schemes.NAME]``: the user chooses the names."""
    FREE = "table of values"
    """``[battery]``: the user chooses the names; all values have one type."""


class Key(Struct, frozen=True, kw_only=True):
    name: str
    value_type: ValueType
    help: str
    option: str = ""
    """Empty: no option sets it."""
    synonym: str = ""
    """Another name of the option."""
    section: Section = Section.OTHER
    """Heading of the option in ``--help``."""
    field: str = ""
    """Attribute of the group's settings, if it is not the name with underscores."""
    variable: str = ""
    """Ending of the environment variable, if it follows from neither option nor name."""
    required: bool = False
    permission: Permission | None = None
    """What the key needs in an untrusted file, unless its value is empty or ``harmless``.

    Paths and secrets have their own rules, by their types.
    """
    harmless: frozenset[str] = frozenset()

    @property
    def target(self) -> str:
        """Attribute of the group's settings."""
        return self.field or self.name.replace("-", "_")

    @property
    def parameter(self) -> str:
        """Name of the option's value among a command's parameters."""
        return self.option.removeprefix("--").replace("-", "_")


class Group(Struct, frozen=True, kw_only=True):
    """One table of the file."""

    name: str
    """Empty: the top of the file."""
    about: str
    shape: Shape = Shape.SINGLE
    keys: tuple[Key, ...] = ()
    values: ValueType | None = None
    """The type of all values of a FREE group."""
    one_of: tuple[str, ...] = ()
    """Keys of which each table has one."""
    single: bool = False
    """Whether one ``[table]`` may stand for a LIST of one entry."""

    def find(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)

    def dotted(self, key: Key) -> str:
        """The key's name in ``origins`` and messages: ``network.timeout``."""
        return f"{self.name}.{key.name}" if self.name else key.name

    def variable(self, key: Key) -> str:
        """``SPECDRIFT_TIMEOUT``: by the option if there is one, else by group and key."""
        word = key.variable or key.option.removeprefix("--") or self.dotted(key)
        return "SPECDRIFT_" + word.upper().replace("-", "_").replace(".", "_")
