"""Runs the check once for all tests of a document, when the first of them needs it."""

import pytest

from specdrift.app.library import check
from specdrift.errors import SpecdriftError
from specdrift.model.result.result import Result
from specdrift.pytest_plugin.case import Case
from specdrift.pytest_plugin.collection import marked

RESULTS = pytest.StashKey[dict[object, Result | str]]()
"""Results of the session, or why a check could not start, by what was checked."""


def case_of(request: pytest.FixtureRequest) -> Case:
    """Return the case of a test. Fails the test if the check cannot start."""
    marker = request.node.get_closest_marker("specdrift")
    one = marked(marker, request.config.rootpath)
    base_url = request.getfixturevalue("specdrift_base_url")
    ca = request.getfixturevalue("specdrift_ca")
    identities = tuple(request.getfixturevalue("specdrift_identities"))
    options = {**request.getfixturevalue("specdrift_options"), **one.options}
    known = request.session.stash.setdefault(RESULTS, {})
    key = (
        one.spec,
        one.config,
        base_url,
        str(ca),
        tuple(i.name for i in identities),
        repr(sorted(options.items())),
    )
    if key not in known:
        try:
            known[key] = check(
                one.spec, base_url, identities=identities, ca=ca, config=one.config or None, **options
            )
        except SpecdriftError as error:
            known[key] = str(error)
    found = known[key]
    if isinstance(found, str):
        pytest.fail(f"specdrift could not start: {found}", pytrace=False)
    return Case(subject=request.param, result=found)
