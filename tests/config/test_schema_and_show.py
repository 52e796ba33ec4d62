"""The published schema, and the configuration shown again, say the same as the reader."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from specdrift.config.describe.json_schema import config_schema
from specdrift.config.describe.show import describe, show
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.identities import IDENTITIES
from specdrift.config.keys.network import NETWORK
from specdrift.config.keys.server import SERVER
from specdrift.config.keys.top import TOP
from tests.config.reading import read_text
from tests.config.test_reading import SECRETS, WHOLE


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = config_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _errors(text: str) -> list[Any]:
    return list(_validator().iter_errors(tomllib.loads(text)))


def test_a_usable_file_fits_the_schema() -> None:
    """Editors with the schema do not complain about what the reader takes."""
    assert _errors(WHOLE) == []


@pytest.mark.parametrize(
    "text",
    [
        "xyzzy = 1",
        '[network]\ntimeout = "10"',
        "[network]\nretries = 99",
        'fail-on = "eror"',
        "[[identities]]\nname = 'a'",
        '[battery]\nno-eku = "ignore"',
        '[schemes.s]\nkind = "tls"',
        '[reports]\nhtml = ""',
    ],
)
def test_a_mistake_does_not_fit_the_schema(text: str) -> None:
    """What the reader refuses, the schema refuses."""
    assert len(_errors(text)) == 1


def test_what_is_shown_is_a_configuration_again(tmp_path: Path) -> None:
    """Shown TOML read again gives the same settings, but for the secrets, which are masked."""
    settings = read_text(tmp_path, WHOLE, environ=SECRETS)
    text = show(settings)
    assert "hunter2" not in text
    assert "key-1" not in text
    again = read_text(tmp_path, text, environ=SECRETS, warnings=[])
    assert (again.server, again.network, again.loader, again.operations) == (
        settings.server,
        settings.network,
        settings.loader,
        settings.operations,
    )
    assert (again.selection.include, again.battery, again.reports) == (
        settings.selection.include,
        settings.battery,
        settings.reports,
    )


def test_every_shown_value_names_its_origin(tmp_path: Path) -> None:
    """The comment behind a value says who set it."""
    text = show(read_text(tmp_path, "[network]\nretries = 0\n", environ={"SPECDRIFT_TIMEOUT": "90s"}))
    assert 'timeout = "90s"  # SPECDRIFT_TIMEOUT' in text
    assert "retries = 0  # specdrift.toml:2" in text
    assert "concurrency = 8  # default" in text
    assert "# max-requests is not set" in text


def test_a_result_gets_what_was_set_and_no_secret(tmp_path: Path) -> None:
    """Only keys that something set, as TOML values."""
    settings = read_text(tmp_path, WHOLE, environ=SECRETS)
    described = describe(settings)
    assert described["network.timeout"].value == "500ms"
    assert described["identities.old-alice.key-pass"].text == '"***"'
    assert described["schemes.oauth.tokens"].value == {"alice": "***"}
    assert described["identities.old-alice.key-pass"].group == "identities.old-alice"
    assert "allow-incomplete" not in described
    assert set(described) <= set(settings.origins)


def test_a_parameter_that_is_secret_by_its_name_is_not_shown(tmp_path: Path) -> None:
    """Others are, so that a configuration can be checked by reading it."""
    text = (
        '[[identities]]\nname = "a"\ncert-file = "a.pem"\n'
        '[[operations]]\n[operations.parameters]\nX-API-Key = "mine"\npassword = "mine"\nid = "yours"\n'
        '[operations.parameters.a]\npassword = "mine"\nid = "yours"\n'
    )
    described = describe(read_text(tmp_path, text))
    assert described["operations.0.parameters"].text == (
        '{ X-API-Key = "***", password = "***", id = "yours", a = { password = "***", id = "yours" } }'
    )


KEYS = [(group, key) for group in GROUPS for key in group.keys]


def test_every_key_says_what_it_is() -> None:
    """Help is a sentence; names are words with hyphens; options are named like long options."""
    for group, key in KEYS:
        name = group.dotted(key)
        assert key.help.endswith("."), name
        assert key.name == key.name.lower(), name
        assert "_" not in key.name, name
        assert not key.option or key.option.startswith("--"), name
        assert group.find(key.name) is key, name


def test_options_and_variables_are_unambiguous() -> None:
    """No two keys share an option or a variable."""
    options = [key.option for _, key in KEYS if key.option]
    variables = [group.variable(key) for group in (TOP, SERVER, NETWORK, IDENTITIES) for key in group.keys]
    assert len(set(options)) == len(options)
    assert len(set(variables)) == len(variables)
