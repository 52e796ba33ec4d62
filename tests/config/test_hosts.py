"""Host names: names that no resolver, SNI or Host can carry are refused with their line."""

from pathlib import Path

import pytest

from tests.config.reading import problems, read_text

LONG = "a" * 70
EMPTY = "it is empty, or there is nothing between two of its dots"
LABEL = "a part between its dots is longer than 63 characters"
ASCII = "it has no form in ASCII (IDNA)"
LETTERS = 'only letters, digits, "-" and "_" may stand between its dots'

NO_NAMES = {
    "a..b": EMPTY,
    ".a": EMPTY,
    f"{LONG}.localhost": LABEL,
    "a b": LETTERS,
    "*.x": LETTERS,
    "a%2e": LETTERS,
    "ü" * 60: ASCII,
    "ü..b": ASCII,
    "\ue000.b": ASCII,
}
NAMES = {
    "localhost": "localhost",
    "api.example.test.": "api.example.test.",
    "my_service": "my_service",
    "a" * 63: "a" * 63,
    "127.0.0.1": "127.0.0.1",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "bücher.example": "xn--bcher-kva.example",
}


@pytest.mark.parametrize(("name", "fault"), NO_NAMES.items())
def test_an_invalid_host_name_is_refused_with_its_line(tmp_path: Path, name: str, fault: str) -> None:
    """In every key: it would end the run, or be probed without effect."""
    shown = f'"{name}" is no host name: {fault}'
    assert problems(tmp_path, f'base-url = "https://{name}:8443/v1"') == [
        f"specdrift.toml:1: base-url: {shown}"
    ]
    text = f'[server]\nserver-name = "{name}"\nnames = ["localhost", "{name}"]\n'
    assert problems(tmp_path, text) == [
        f"specdrift.toml:2: server.server-name: {shown}",
        f"specdrift.toml:3: server.names: {shown}",
    ]


@pytest.mark.parametrize(("name", "sent"), NAMES.items())
def test_a_host_name_is_taken_in_ascii(tmp_path: Path, name: str, sent: str) -> None:
    """As SNI and Host carry it; a URL stays as it was written."""
    text = f'base-url = "https://{name}/v1"\n[server]\nserver-name = "{name}"\nnames = "{name}"\n'
    settings = read_text(tmp_path, text)
    assert settings.base_url == f"https://{name}/v1"
    assert (settings.server.server_name, settings.server.names) == (sent, (sent,))


def test_a_very_long_name_is_shown_shortened(tmp_path: Path) -> None:
    """A paste of the wrong clipboard does not fill the screen."""
    (problem,) = problems(tmp_path, f'[server]\nserver-name = "{"a" * 300}"')
    shown = "a" * 80
    assert problem == (
        f'specdrift.toml:2: server.server-name: "{shown}…" is no host name: it is longer than 253 characters'
    )


def test_an_option_is_named_as_the_origin(tmp_path: Path) -> None:
    """And so is the argument."""
    for options, where in (
        ({"base-url": "https://a..b"}, "--base-url"),
        ({"BASE_URL": "https://a..b"}, "BASE_URL"),
    ):
        assert problems(tmp_path, options=options) == [f'{where}: base-url: "a..b" is no host name: {EMPTY}']


def test_no_server_name_is_the_host_s_but_a_further_name_is_one(tmp_path: Path) -> None:
    """An empty text switches the first off; among further names it is a mistake."""
    assert read_text(tmp_path, 'base-url = ""\n[server]\nserver-name = ""\n').server.server_name == ""
    assert problems(tmp_path, '[server]\nnames = [""]') == [
        f'specdrift.toml:2: server.names: "" is no host name: {EMPTY}'
    ]


def test_an_address_of_ipv6_is_a_host(tmp_path: Path) -> None:
    """In brackets in a URL, without them as a name."""
    settings = read_text(tmp_path, 'base-url = "https://[::1]:8443"\n[server]\nserver-name = "::1"\n')
    assert (settings.base_url, settings.server.server_name) == ("https://[::1]:8443", "::1")


def test_an_identity_s_names_are_host_names(tmp_path: Path) -> None:
    """They are compared with those of the listener."""
    text = '[[identities]]\nname = "a"\ncert-file = "a.pem"\nnames = "*.x"\n'
    assert problems(tmp_path, text) == [
        f'specdrift.toml:4: identities.names: "*.x" is no host name: {LETTERS}'
    ]


@pytest.mark.parametrize(
    "value", ["announced", "always", "never", "edge.test:8443", "[::1]:443", "192.0.2.7:443"]
)
def test_a_listener_for_http3_is_a_word_or_a_place(tmp_path: Path, value: str) -> None:
    """The port is of UDP, and has no default."""
    assert read_text(tmp_path, f'[server]\nhttp3 = "{value}"\n').server.http3 == value


@pytest.mark.parametrize(
    "value",
    ["", "sometimes", "edge.test", ":443", "https://edge.test:443", "edge.test:443/v1", "a@b:443", "a:99999"],
)
def test_another_value_of_http3_is_refused_with_its_line(tmp_path: Path, value: str) -> None:
    """A misspelled word would exclude the listener."""
    (problem,) = problems(tmp_path, f'[server]\nhttp3 = "{value}"\n')
    assert problem.startswith("specdrift.toml:2: server.http3: ")
