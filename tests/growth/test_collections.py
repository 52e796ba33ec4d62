"""Collections of requests are read in time that grows with them only."""

from __future__ import annotations

import pytest

from specdrift.errors import UsageError
from specdrift.traffic.importer import import_traffic
from tests.growth.seeds import Seed, repeated
from tests.growth.test_parsers import LIMIT, grows

POSTMAN = b'{"info": {"schema": "https://schema.getpostman.com/x"}, "item": ['
BEGINNINGS = {
    "postman": (POSTMAN, POSTMAN + b'{"request": "{{a}}'),
    "insomnia": (b"__export_format: 4\nresources:\n", b"type: collection.insomnia.rest/5.0\ncollection:\n"),
    "bruno": (b"get {\n", b"get {\n  url: ", b"meta {\n}\nparams:path {\n"),
    "http": (b"@a = b\n", b"### x\nGET https://a/", b"GET {{a}}"),
}
UNITS = (
    *(
        b'{"item": [',
        b'{"request": "a"},',
        b'"a",',
        b"{{a}}",
        b"{{",
        b"{%",
        b":a/",
        b"/:a",
        b"/",
        b"a",
        b" ",
        b"\n",
    ),
    *(
        b"  url: a\n",
        b"}\nget {\n",
        b"### \n",
        b"GET /a\n",
        b"GET {{a}}\n",
        b"@a = {{a}}{{a}}\n",
        b"- url: a\n",
        b"< {%\n",
        b"  /a\n",
        b"  url: '''\n",
        b"@a(b) ",
        b'.set("a", ',
        b"- ",
    ),
)


def read(content: bytes) -> None:
    """Import a collection, or refuse it."""
    try:
        import_traffic(content, name="x")
    except UsageError:
        return


@pytest.mark.slow
@pytest.mark.parametrize("form", BEGINNINGS)
def test_time_grows_linearly(form: str) -> None:
    """A ratio over the limit is measured once more, since other work on the machine adds to it."""
    seeds: dict[str, Seed] = {
        f"{beginning!r} then {unit!r}": repeated(beginning, unit)
        for beginning in BEGINNINGS[form]
        for unit in UNITS
    }
    suspects = {seed: make for seed, make in seeds.items() if grows(read, make) > LIMIT}
    assert {seed: ratio for seed, make in suspects.items() if (ratio := grows(read, make)) > LIMIT} == {}
