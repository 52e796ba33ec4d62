"""Option, variable, file, default: in this order, for every key that has all of them."""

import json
from pathlib import Path

import pytest

from specdrift.config.keys.config_key import Group, Key, Shape
from specdrift.config.reading.overlay import scalar_keys
from tests.cli.conftest import Run

SAMPLES: dict[str, tuple[str, str]] = {
    "URL": ("https://one.example.test", "https://two.example.test"),
    "FILE": ("one.file", "two.file"),
    "DIR": ("one", "two"),
    "PATH": ("one.conf", "two.conf"),
    "SPEC": ("one.yaml", "two.yaml"),
    "NAME,…": ("certificate", "undocumented"),
    "METHOD": ("PUT", "POST"),
    "I/N": ("1/3", "2/3"),
    "N": ("3", "4"),
    "RATE": ("3/s", "4/s"),
    "DURATION": ("3s", "4s"),
    "HOST:PORT:ADDR": ("a.example.test:1:127.0.0.1", "b.example.test:2:127.0.0.2"),
    "announced|always|never|HOST:PORT": ("always", "one.example.test:443"),
    "DATE": ("2027-03-15", "2027-06-15"),
    "ADDR:PORT": ("127.0.0.1:8000", "127.0.0.2:0"),
    "FIELD": ("x-pod", "x-route"),
    "MEMBER": ("meta.pod", "meta.route"),
    "TEXT": ("one", "two"),
}
"""Two values for each kind of key, by what its help calls them."""

KEYS = [(g, key) for g, key in scalar_keys() if g.shape is Shape.SINGLE and key.name != "variables"]
"""All but a table, which no variable holds in one word."""

CA_CERTIFICATE, CA_KEY = "SPECDRIFT_CLIENT_CA_CERT_FILE", "SPECDRIFT_CLIENT_CA_KEY_FILE"
BESIDE = {
    "client-ca.key-file": (CA_CERTIFICATE,),
    "client-ca.crl-file": (CA_CERTIFICATE,),
    "client-ca.key-pass-file": (CA_CERTIFICATE, CA_KEY),
    "client-ca.short-validity": (CA_CERTIFICATE, CA_KEY),
}
"""What a key cannot be without."""


def samples(key: Key) -> tuple[str, str]:
    """One value for the file, another for a variable."""
    if key.value_type.is_flag:
        return "false", "true"
    if key.value_type.choices:
        return key.value_type.choices[0], key.value_type.choices[-1]
    return SAMPLES[key.value_type.metavar]


def in_toml(key: Key, value: str) -> str:
    """As the file has it."""
    if key.value_type.is_flag or (key.value_type.metavar == "N" and not key.value_type.many):
        return value
    return json.dumps([value] if key.value_type.many else value)


def shown(out: str, group: Group, key: Key) -> str:
    """The key's line of `config show`."""
    section = ""
    for line in out.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section == group.name and line.removeprefix("# ").startswith(f"{key.name} "):
            return line
    raise AssertionError(f"{group.dotted(key)} is not shown")


@pytest.mark.slow
@pytest.mark.parametrize(("group", "key"), KEYS, ids=[group.dotted(key) for group, key in KEYS])
def test_option_beats_variable_beats_file_beats_default(
    group: Group, key: Key, command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, each source is put over the last, and `config show` says whose word counts."""
    for variable in BESIDE.get(group.dotted(key), ()):
        monkeypatch.setenv(variable, "beside.pem")
    first, second = samples(key)
    assert shown(command("config", "show").out, group, key).endswith(("# default", " is not set"))

    header = f"[{group.name}]\n" if group.name else ""
    (tmp_path / "specdrift.toml").write_text(f"{header}{key.name} = {in_toml(key, first)}\n")
    by_file = shown(command("config", "show").out, group, key)
    assert by_file.endswith(f"# specdrift.toml:{2 if header else 1}")

    monkeypatch.setenv(group.variable(key), second)
    by_variable = shown(command("config", "show").out, group, key)
    assert by_variable.endswith(f"# {group.variable(key)}")
    assert by_variable.partition("#")[0] != by_file.partition("#")[0]

    if key.option:
        given = [key.option] if key.value_type.is_flag else [key.option, first]
        by_option = shown(command("config", "show", *given).out, group, key)
        assert by_option.endswith(f"# {key.option}")
        if not key.value_type.is_flag:
            assert by_option.partition("#")[0] == by_file.partition("#")[0]
