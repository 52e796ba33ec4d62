"""Classes of ``specdrift.model.dataclass`` behave as those of the standard library."""

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest

from specdrift.model.dataclass import dataclass, field, replace

ROOT = Path(__file__).resolve().parents[2] / "specdrift"
OPTIONS: tuple[dict[str, bool], ...] = (
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"frozen": True, "slots": True, "eq": False},
    {"slots": True, "repr": False},
)
MAKERS: tuple[Any, ...] = (dataclass, dataclasses.dataclass)


@dataclass(frozen=True, slots=True)
class _Kept:
    name: str
    sizes: tuple[int, ...] = ()


def _made(make: Any, options: dict[str, bool]) -> Any:  # noqa: ANN401 - a class with members
    class Sample:
        """A sample."""

        limit: ClassVar[int] = 3
        name: str
        size: int = 1
        tags: list[str] = field(default_factory=list, compare=False)
        secret: str = field(default="x", repr=False)
        total: int = field(init=False, compare=False, default=7)

        def __post_init__(self) -> None:
            object.__setattr__(self, "total", self.size + 1)

    return make(**options)(Sample)


def _outcome(call: Callable[..., object], *args: object, **named: object) -> object:
    """Return what a call returns, or its error."""
    try:
        return call(*args, **named)
    except (TypeError, AttributeError) as error:
        return type(error), str(error)


@pytest.mark.parametrize("options", OPTIONS)
def test_instances_are_those_of_the_standard_library(options: dict[str, bool]) -> None:
    """Values, text, equality, hash, copies and the errors of wrong arguments."""
    both = []
    for make in MAKERS:
        cls = _made(make, options)
        one, same, other = cls(name="a"), cls(name="a", tags=["b"]), cls(name="a", size=2)
        both.append(
            [
                dataclasses.asdict(other),
                repr(one) if options.get("repr", True) else None,
                (one == same, one == other, one == 3, one != same),
                _outcome(hash, one) if options.get("eq", True) else None,
                dataclasses.asdict(replace(one, name="c")),
                dataclasses.asdict(copy.copy(other)),
                dataclasses.asdict(copy.deepcopy(same)),
                one.tags is same.tags,
                cls.__match_args__,
                hasattr(one, "__dict__"),
                _outcome(cls),
                _outcome(cls, "a", 2) if options.get("kw_only") else cls("a", 2).size,
                _outcome(cls, name="a", total=1),
                _outcome(cls, name="a", unknown=1),
            ]
        )
    assert both[0] == both[1]


@pytest.mark.parametrize("options", OPTIONS)
def test_a_frozen_instance_stays_as_it_is(options: dict[str, bool]) -> None:
    """Members of frozen classes are neither set nor deleted; those of others are."""
    both = []
    for make in MAKERS:
        one = _made(make, options)(name="a")
        both.append(
            [
                _outcome(setattr, one, "name", "b"),
                _outcome(delattr, one, "size"),
                _outcome(delattr, one, "size"),
                (one.name, one.total),
            ]
        )
    assert both[0] == both[1]


def test_what_a_class_defines_stays_its_own() -> None:
    """A method of the class is not replaced; its own comparison has no hash but that of the members."""

    def made(make: Any) -> Any:  # noqa: ANN401 - a class with members
        class Own:  # noqa: PLW1641 - the decorator adds a hash
            """With a text and a comparison of its own."""

            name: str

            def __repr__(self) -> str:
                return f"<{self.name}>"

            def __eq__(self, other: object) -> bool:
                return isinstance(other, Own)

            @cached_property
            def long(self) -> str:
                """A value that is computed once."""
                return self.name * 3

        return make(frozen=True)(Own)

    both = [
        [repr(cls("a")), cls("a") == cls("b"), hash(cls("a")), cls("a").long] for cls in map(made, MAKERS)
    ]
    assert both[0] == both[1]


def test_a_class_inherits_members() -> None:
    """Those of its base come first, and its instances differ from those of the base."""

    def made(make: Any) -> tuple[Any, Any]:  # noqa: ANN401 - two classes with members
        class Base:
            """Has one."""

            name: str
            size: int = 1

        base: Any = make(frozen=True, slots=True)(Base)

        class Derived(base):  # type: ignore[misc]
            """Has one more, and another default."""

            size: int = 5
            more: str = "m"

        return base, make(frozen=True, slots=True)(Derived)

    both = []
    for base, derived in map(made, MAKERS):
        one = derived("a")
        assigned = _outcome(setattr, one, "name", "b")
        both.append(
            [dataclasses.asdict(one), one == base("a"), one == derived("a", 5, "m"), repr(one), assigned]
        )
    assert both[0] == both[1]


def test_an_instance_goes_to_another_process() -> None:
    """Workers get frozen values with slots."""
    kept = _Kept("a", (1, 2))
    assert pickle.loads(pickle.dumps(kept)) == kept  # noqa: S301 - its own


def test_every_class_is_made_so() -> None:
    """A module that took the decorator of the standard library would slow the start; only ordered classes need it."""
    standard = re.compile(r"^from dataclasses import .*\bdataclass\b", re.MULTILINE)
    taken = [path.name for path in ROOT.rglob("*.py") if standard.search(path.read_text(encoding="utf-8"))]
    assert set(taken) == {"requirement_strength.py"}
