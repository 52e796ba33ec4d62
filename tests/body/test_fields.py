"""Header fields that say nothing of a resource."""

import pytest

from specdrift.body.content import content_of
from specdrift.body.fields import is_of_no_resource, paths_of_cookie, with_target_read
from specdrift.body.pieces import pieces_of
from specdrift.body.values import echo_of, values_of, values_of_fields
from specdrift.model.exchange.values import unpack


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("deprecation", "@1688169599", True),
        ("sunset", "Wed, 11 Nov 2026 23:59:59 GMT", True),
        ("link", '<https://api.example/docs/v2>; rel="deprecation"; type="text/html"', True),
        ("link", '</v2/suppliers>; rel=successor-version, </help>; title="a, b"; rel="help"', True),
        ("link", "</style.css>; rel=preload; as=style", True),
        ("link", '</logs/4711>; rel=preload; title="Miriam"', False),
        ("link", '</logs/4711>; rel=preload; as=fetch; title="Miriam"', False),
        ("x-ratelimit-cost", "7", True),
        ("x-ratelimit-remaining-minute", "58", True),
        ("link", '</suppliers?after=4711>; rel="next"', False),
        ("link", '</v2>; rel="successor-version", </owners/miriam>; rel="author"', False),
        ("link", "</owners/miriam>", False),
        ("link", "Miriam 4711", False),
        ("x-owner", "Miriam", False),
        ("content-type", "application/json", True),
        ("content-type", "text/csv; charset=utf-8; header=present", True),
        ("content-type", "multipart/mixed;boundary=4711", True),
        ("content-type", 'application/json; name="Miriam.pdf"', False),
        ("grpc-status", "0", True),
        ("grpc-status", "16", True),
        ("grpc-status", "7", True),
        ("grpc-status", "5", False),
        ("grpc-status", "48213", False),
        ("grpc-message", "16", False),
    ],
)
def test_fields_about_the_interface_have_no_data(name: str, content: str, expected: bool) -> None:  # noqa: FBT001
    """A link counts by its relation: to documentation, to another version, or to something of the resource."""
    assert is_of_no_resource(name, content) is expected
    assert (not pieces_of("", ((name, content),)), not values_of_fields(((name, content),))) == (
        expected,
        expected,
    )


@pytest.mark.parametrize(
    ("content", "paths"),
    [
        ("a=1; Path=/", []),
        ("a=1; Path=/owners/miriam; HttpOnly", ["/owners/miriam"]),
        ("a=1;path=/owners/miriam", ["/owners/miriam"]),
        ("a=path=/owners", []),
    ],
)
def test_the_path_of_a_cookie_may_name_a_resource(content: str, paths: list[str]) -> None:
    """Its value is a secret, and read by what is encoded in it."""
    assert paths_of_cookie(content) == paths
    assert bool(values_of_fields((("set-cookie", content),))) is bool(paths)
    words = {word for piece in pieces_of("", (("set-cookie", content),)) for word in piece.words}
    assert ("miriam" in words) is bool(paths)


LOGIN = "/login?next=%2Fv1%2Fme&of=Miriam%20Braun"


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (f"Found. Redirecting to {LOGIN}", {"/login", "/v1/me", "Miriam"}),
        (f'<p>Redirecting to <a href="{LOGIN.replace("&", "&amp;")}">here</a>.</p>', {"/login", "/v1/me"}),
        (f"Found. Redirecting to {LOGIN}.", {"/login", "/v1/me", "Miriam"}),
        (f"Found. Redirecting to {LOGIN}&more=1", {f"Redirecting to {LOGIN}&more=1"}),
        (f'{{"location": "{LOGIN}"}}', {f'"{LOGIN}"'}),
        ("Please log in.", {"Please log in."}),
    ],
)
def test_the_target_in_the_note_of_a_redirect_is_read(note: str, words: set[str]) -> None:
    """Each parameter stands alone, decoded, and nothing is left out."""
    read = with_target_read(note, (("location", LOGIN),))
    assert {word for word in words if word in read} == words
    assert with_target_read(note, ()) == note


def test_the_note_of_a_redirect_has_the_values_of_its_target() -> None:
    """The request's own path is one, so that it is no data; what else is there stays."""
    headers = (("content-type", "text/plain"), ("location", LOGIN))
    values = unpack(values_of(content_of(f"Found. Redirecting to {LOGIN}".encode(), headers), headers))
    assert echo_of(["/v1/me"]) <= values
    assert echo_of(["Miriam Braun"]) <= values
