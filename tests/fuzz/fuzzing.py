"""Runs one target for some examples or some seconds."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.oracle import Parts, check, check_growth
from tests.fuzz.targets import Inputs, Target


class Found(AssertionError):
    """An input that breaks a reader, in its smallest known form."""

    def __init__(self, target: str, content: bytes, parts: Parts | None = None) -> None:
        super().__init__(f"{target}: {content[:200]!r} ({len(content):,} bytes)")
        self.content = content
        self.parts = parts
        """What stands before, is repeated, and stands behind, if the time grows with the repetitions."""


@st.composite
def growing(draw: st.DrawFn, inputs: Inputs, units: tuple[bytes, ...]) -> Parts:
    """Draw an input, cut somewhere, with a unit to repeat there: a part of itself or another text."""
    content = draw(inputs)[:4000]
    place = draw(st.integers(0, len(content)))
    length = draw(st.sampled_from((1, 3, 10, 40)))
    unit = draw(st.one_of(st.just(content[place : place + length]), st.sampled_from(units)))
    return content[:place], unit, draw(st.sampled_from((content[place:], b"")))


def fuzz(target: Target, *, examples: int, seconds: float = float("inf"), derandomize: bool = False) -> None:
    """Read drawn inputs until the examples or the seconds are used up. Raises Found.

    ``derandomize``: draw the same inputs each time.
    """
    ends = time.monotonic() + seconds
    inputs = target.inputs()
    options = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )

    @options
    @given(inputs)
    def accepted(content: bytes) -> None:
        if time.monotonic() > ends:
            return
        try:
            check(target.read, target.refusals, content)
        except Exception as error:
            raise Found(target.name, content) from error

    @options
    @given(growing(inputs, target.units))
    def linear(parts: Parts) -> None:
        if time.monotonic() > ends:
            return
        try:
            check_growth(target.read, target.refusals, parts)
        except Exception as error:
            before, unit, after = parts
            raise Found(target.name, before + unit * (32_000 // len(unit)) + after, parts) from error

    accepted()
    linear()
