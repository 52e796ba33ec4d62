"""Every reader accepts or refuses what is drawn for it, in linear time; inputs that once broke one are kept."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from specdrift.source.gateway.patterns import compiled
from tests.fuzz.fuzzing import Found, fuzz
from tests.fuzz.oracle import Parts, TooSlow, check, check_growth, forget
from tests.fuzz.targets import TARGETS, Target

SEEDS = Path(__file__).with_name("seeds")
KEPT = sorted(path.relative_to(SEEDS).as_posix() for path in SEEDS.glob("*/*") if path.is_file())
LONG = frozenset({"source/6433196f583c3d79", "source/layers-within-layers"})
"""Kept inputs that take more than a second."""
EXAMPLES, SECONDS = 25, 15
SLOW_PARTS = [
    ("credential", (b"", b"-----BEGIN CERTIFICATE-----\n", b"")),
    ("configuration", (b"", b"1.", b"")),
    ("source", (b"", b'r#"', b"")),
    ("source", (b"", b"#[cfg(test)]\nmod a {\n", b"")),
    ("source", (b"", b"#[cfg(test)]\n", b"")),
    ("source", (b"fn f() { g::<A>(::<A>(::<C", b"e", b">()) }")),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_drawn_breaks_a_reader(name: str) -> None:
    """A few examples, the same in each run; `./dev fuzz` draws many more."""
    fuzz(TARGETS[name], examples=EXAMPLES, seconds=SECONDS, derandomize=True)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in KEPT]
)
def test_a_kept_input_is_read(name: str) -> None:
    """Each broke a reader once."""
    target = TARGETS[name.partition("/")[0]]
    check(target.read, target.refusals, (SEEDS / name).read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parts"), SLOW_PARTS)
def test_a_kept_repetition_is_read_in_linear_time(name: str, parts: Parts) -> None:
    """Each took quadratic time once."""
    check_growth(TARGETS[name].read, TARGETS[name].refusals, parts)


def test_an_undeclared_error_is_found() -> None:
    """The control of the first oracle: a reader that fails on one of its seeds."""
    broken = Target(name="baseline", inputs=TARGETS["baseline"].inputs, refusals=())
    with pytest.raises(Found):
        fuzz(broken, examples=50)


@pytest.mark.slow
def test_quadratic_time_is_found() -> None:
    """The control of the second one; linear work passes."""

    def quadratic(content: bytes) -> None:
        for end in range(len(content) * 2):
            content.count(b"\0", 0, end)

    with pytest.raises(TooSlow):
        check_growth(quadratic, (), (b"", b"a", b""))
    check_growth(lambda content: [byte for _ in range(20) for byte in content], (), (b"", b"a", b""))


def test_a_reading_that_is_kept_counts_as_the_first() -> None:
    """The second oracle empties caches, also those that the suite keeps from garbage collection."""
    gc.freeze()
    compiled("a+b")
    assert compiled.cache_info().currsize
    forget()
    assert not compiled.cache_info().currsize
