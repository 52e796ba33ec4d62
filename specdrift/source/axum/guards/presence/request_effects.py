"""What code has done with a request, as far as it was evaluated. Pure."""

from collections.abc import Iterable

from msgspec import Struct, field

from specdrift.source.axum.guards.absent.absent_values import ABSENT, REJECTION, Atom, Holding, Present, Value

Types = frozenset[str]
"""Types of the crates, by their keys, and ``RAN``."""
RAN = "\0"
"""Stands among the types that are there for this: the rest of the chain has surely run."""
Boundary = tuple[Types | None, Types | None, Types | None, Types]
"""What is known of the code around a closure."""


class LayersAround(Struct, frozen=True):
    """What is known of the layers around one."""

    functions: frozenset[int]
    """By their ids."""
    present: Types
    """The types that are surely in the extensions of what they hand on."""


class RequestEffects(Struct, eq=False):
    """What is in the extensions of the request on every path, and whether a path may end by itself."""

    inserted: set[Atom] = field(default_factory=set)
    """All that may be put into the extensions."""
    here: Types = frozenset()
    """The types that are surely in the extensions at this point."""
    passed: Types | None = None
    """Those at each call of the rest of the chain; ``None`` without such a call."""
    given: Types | None = None
    """Those at each end with a value; ``None`` without such an end."""
    failed: Types | None = None
    """Those at each end with an error; ``None`` without such an end."""
    ended: Types | None = None
    """Those at each end of the function, and of the futures that it makes."""
    built: Types = frozenset()
    """Those that a service which the code makes puts there for all its requests."""
    resets: bool = False
    """The extensions may lose what was put in before."""
    doubtful: bool = False
    """A path may end the request in a way that its value does not say: by a panic, or an extractor that may reject."""

    def insert(self, value: Value, *, sure: bool) -> None:
        """Note what is put into the extensions of a request."""
        self.inserted |= value
        self.here |= _type_of(value) if sure else frozenset()

    def build(self, value: Value, *, sure: bool) -> None:
        """Note what a layer is made with that inserts it."""
        self.inserted |= value
        self.built |= _type_of(value) if sure else frozenset()

    def reset(self) -> None:
        """Note that the extensions may lose what is in them."""
        self.here, self.resets = self.here & {RAN}, True

    def run(self) -> None:
        """Note that the rest of the chain has run."""
        self.here |= {RAN}

    def postpone(self, before: Types) -> None:
        """Note that what was evaluated last runs later: so does the rest of the chain, unless it had run before."""
        self.here -= {RAN} - before

    @property
    def ends_late(self) -> bool:
        """Whether the rest of the chain has run wherever the function ends."""
        return self.ended is not None and RAN in self.ended

    def forward(self, here: Types | None = None) -> None:
        """Note a call of the rest of the chain."""
        self.passed = _common((self.passed, self.here if here is None else here))

    def end(self, value: Value) -> None:
        """Note that the function ends with a value."""
        error = value & {ABSENT, REJECTION}
        self.ended = _common((self.ended, self.here))
        self.failed = _common((self.failed, self.here)) if error else self.failed
        self.given = _common((self.given, self.here)) if value - error else self.given

    def handed_on(self) -> Types:
        """Return the types that are surely there when the code hands the request on, or ends."""
        found = self.passed if self.passed is not None else self.given
        return self.built | ((found or frozenset()) - {RAN})

    def enter(self) -> Boundary:
        """Begin a closure; return what ``leave`` takes."""
        around = self.given, self.failed, self.ended, self.here
        self.given = self.failed = self.ended = None
        return around

    def leave(self, around: Boundary) -> None:
        """End a closure, which other code may not run."""
        self.given, self.failed, self.ended, here = around
        self.back_to(here)

    def called(self) -> None:
        """End a function: what all its ends have in common is there behind a call of it."""
        self.here = _common((self.given, self.failed)) or frozenset()

    def back_to(self, here: Types) -> None:
        """Go on behind code that may not have run."""
        self.here = here & {RAN} if self.resets else here

    def include(self, called: "RequestEffects") -> None:
        """Note what a function has done that was called here."""
        self.inserted |= called.inserted
        self.built |= called.built
        self.doubtful |= called.doubtful
        if called.resets:
            self.reset()
        if called.passed is not None:
            self.forward(self.here | called.passed)
        self.here |= called.here


def _type_of(value: Value) -> Types:
    """Return the type of a value; nothing if it may be of several, or is of another crate."""
    types = frozenset(_name_of(one) for one in value)
    return types - {""} if len(types) == 1 else frozenset()


def _common(every: Iterable[Types | None]) -> Types | None:
    """Return what several sets have in common; ``None`` if there is none of them."""
    known = [one for one in every if one is not None]
    return known[0].intersection(*known[1:]) if known else None


def _name_of(one: Atom) -> str:
    if isinstance(one, Holding):
        return one.type
    return "Option" if one is ABSENT or isinstance(one, Present) else ""
