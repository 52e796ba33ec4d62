"""Templates of routers mean what their frameworks say; what is not understood is no route."""

import pytest

from specdrift.traffic import import_traffic
from specdrift.traffic.path_patterns import pattern_of
from specdrift.traffic.router_templates import openapi_template

UNDERSTOOD = {
    "/photos(.:format)": "/photos",
    "/photos/:id(.:format)": "/photos/{id}",
    "/(:locale)/books": "/books",
    "/archive/:year(/:month(/:day))": "/archive/{year}",
    "/*path(.:format)": "/{path}",
    r"/u/:id(\d+)": "/u/{id}",
    r"/a/:id((?:a|b)/c)": "/a/{id}",
    "/a/:id?/b": "/a/{id}/b",
    "/a/:rest*": "/a/{rest}",
    "/d/:file.:ext": "/d/{file}.{ext}",
    "/flights/:from-:to": "/flights/{from}-{to}",
    "/users{/:id}/delete": "/users/delete",
    "/(.*)": "/{rest}",
    "/files/*": "/files/{rest}",
    "/{id:[0-9]{4}}": "/{id}",
    "/{*rest}": "/{rest}",
    "/{rest...}": "/{rest}",
    "/x/{$}": "/x/",
    "/<string(length=2):lang>/": "/{lang}/",
    "/items/{id}:cancel": "/items/{id}:cancel",
    "/items:batch": "/items:batch",
    "/Products(1)": "/Products(1)",
    "/$metadata": "/$metadata",
    "/": "/",
}


@pytest.mark.parametrize("template", UNDERSTOOD)
def test_a_template_is_written_as_openapi_does(template: str) -> None:
    """Optional parts are left out, constraints dropped; verbs and keys of literal paths stay."""
    assert openapi_template(template) == UNDERSTOOD[template]


@pytest.mark.parametrize("template", ["/x/[a-z]+", "/ab(cd)?e", "/ab*cd", "/a)", "/a/{id", "/a/(", "/a|b"])
def test_what_is_not_understood_is_none(template: str) -> None:
    """A regular expression asked for literally would find nothing, and seem to have been asked."""
    assert openapi_template(template) is None


def test_parameters_beside_text_have_their_values() -> None:
    """A segment of several parameters is sent with all of them; what follows in braces is no parameter of a log."""
    assert pattern_of("/d/{file}.{ext}", {"file": "a", "ext": "pdf"}) == ("/d/{file}.{ext}", "/d/a.pdf")
    assert pattern_of("/items/{id}:cancel", {"id": "7"}) == ("/items/{id}:cancel", "/items/7:cancel")


RAILS = """\
               Prefix Verb   URI Pattern                 Controller#Action
               photos GET    /photos(.:format)           photos#index
                      POST   /photos(.:format)           photos#create
                photo GET    /photos/:id(.:format)       photos#show
                      PATCH  /photos/:id(.:format)       photos#update
"""


def test_the_table_of_rails_is_read() -> None:
    """With its heading, and with and without a name before the method."""
    imported = import_traffic(RAILS.encode(), name="routes.txt")
    assert [(one.method, one.url, one.line) for one in imported.endpoints] == [
        ("GET", "/photos", 2),
        ("POST", "/photos", 3),
        ("GET", "/photos/{id}", 4),
        ("PATCH", "/photos/{id}", 5),
    ]
    assert imported.warning == ""


def test_a_template_that_is_not_understood_is_a_warning() -> None:
    """With its line; comments are none."""
    imported = import_traffic(b"GET /a\n// GET /b\n# GET /c\nGET /x/[a-z]+\n", name="routes.txt")
    assert [one.url for one in imported.endpoints] == ["/a"]
    assert imported.warning == ("routes.txt:4: skipped 1 line that could not be read; the first is this one")


@pytest.mark.parametrize("line", ["GET /a?b=c", "GET /a?b", "GET /a?b={c}"])
def test_a_query_is_no_template(line: str) -> None:
    """It is cut off later, as that of any request."""
    assert import_traffic(line.encode(), name="routes.txt").endpoints[0].url == line.removeprefix("GET ")
