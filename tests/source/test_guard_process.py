"""The process that tests share bounds the time of a reading as one of its own does."""

from pathlib import Path

import pytest

from specdrift.errors import UsageError
from tests.source.crates import reading, served
from tests.source.one_guard import one_guard, process

APP = served('Router::new().route("/", get(one))', "async fn one() {}\n")
SLOW = served(f"{{ tokio::select!{{ {'*,' * 6000} }}; Router::new() }}")
"""The parser would take a minute to recover from its macro, which is no Rust."""


@pytest.mark.slow
def test_it_is_kept_and_a_reading_that_takes_too_long_ends_it(tmp_path: Path) -> None:
    """The next reading gets another one, and nothing of the limit that was reached."""
    for number in range(2):
        with one_guard():
            reading(tmp_path / f"a{number}", APP)
    kept = process()
    assert kept
    with one_guard(), pytest.raises(UsageError, match="takes far too long to parse"):
        reading(tmp_path / "b", SLOW)
    assert process() != kept
    with one_guard():
        assert reading(tmp_path / "c", APP).view.routes
