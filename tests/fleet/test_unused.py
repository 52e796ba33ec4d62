"""A key that a fleet does not use is never ignored silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.config.keys.network import NETWORK
from specdrift.errors import ConfigError
from specdrift.fleet.inventory.inventory_keys import CONFIGURATION, UNUSED
from specdrift.fleet.plan import Choice, plan
from tests.fleet.test_command import fleet
from tests.fleet.test_inventory import inventory, settings

if TYPE_CHECKING:
    from pathlib import Path

ONE = '[[services]]\nname = "a"\nspec = "a.yaml"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            f'{ONE}reports.html = "a.html"\n',
            "inventory.toml:4: reports.html: not used in a fleet: services/NAME.html, .json and .sarif",
        ),
        (
            f'{ONE}[services.reports]\nhtml = "a.html"\njson = "a.json"\n',
            "inventory.toml:6: reports.json: not used in a fleet",
        ),
        (
            f"{ONE}[services.network]\nworkers = 2\n",
            "inventory.toml:5: network.workers: not used in a fleet: `parts` divides a service",
        ),
        (f"[defaults.reports]\n{ONE}", "inventory.toml:1: reports: not used in a fleet"),
        (
            f"[defaults]\nupdate-baseline = true\n{ONE}",
            "inventory.toml:2: update-baseline: not used in a fleet: no baselines are written; use `specdrift check`",
        ),
        (
            f'[environments.staging]\nprevious = "last.json"\n{ONE}',
            "inventory.toml:2: previous: not used in a fleet: each service is compared with its last result",
        ),
        (
            f'[environments.staging]\n{ONE}[services.in.staging]\nshard = "1/2"\n',
            "inventory.toml:6: shard: not used in a fleet: `parts` divides a service",
        ),
    ],
)
def test_an_unused_key_of_an_inventory_is_an_error(text: str, problem: str, tmp_path: Path) -> None:
    """With file, line and advice, in any place."""
    with pytest.raises(ConfigError) as caught:
        inventory(tmp_path, text)
    assert any(line.startswith(problem) for line in str(caught.value).splitlines()), str(caught.value)


def test_an_unused_key_of_a_shared_table_is_reported_once(tmp_path: Path) -> None:
    """However many they are."""
    many = "".join(f'[[services]]\nname = "s{number}"\nspec = "a.yaml"\n' for number in range(5))
    with pytest.raises(ConfigError) as caught:
        inventory(tmp_path, f'[defaults]\nprevious = "last.json"\n{many}')
    assert len(str(caught.value).splitlines()) == 1


def test_a_configuration_of_check_may_have_the_key(tmp_path: Path) -> None:
    """A note names it as ignored, and the file stays unchanged."""
    own = 'spec = "a.yaml"\nfail-on = "note"\nupdate-baseline = true\n[reports]\nhtml = "a.html"\n'
    text = '[[services]]\nname = "a"\nconfig = "specdrift.toml"\n[environments.staging]\n[environments.production]\n'
    (tmp_path / "specdrift.toml").write_text(own)
    found = settings(tmp_path, text)["a@staging"]
    assert (found.gate.fail_on, found.prior.update_baseline, found.reports) == ("note", False, ())
    notes = plan(inventory(tmp_path, text), Choice(), cwd=tmp_path, elsewhere=False).notes
    assert [note[: note.index(" in a fleet") + len(" in a fleet")] for note in notes] == [
        "specdrift.toml:5: reports.html: not used in a fleet",
        "specdrift.toml:3: update-baseline: not used in a fleet",
    ]


@pytest.mark.slow
def test_the_command_reports_ignored_keys(tmp_path: Path) -> None:
    """On standard error, before anything is sent."""
    (tmp_path / "specdrift.toml").write_text('spec = "no.yaml"\nprevious = "last.json"\n')
    (tmp_path / "last.json").write_text("{}")
    found = fleet(tmp_path, '[[services]]\nname = "a"\nconfig = "specdrift.toml"\n', "--no-history")
    assert found.stderr.count("specdrift.toml:2: previous: not used in a fleet") == 1


def test_every_such_key_is_one_of_a_configuration() -> None:
    """A key that is renamed is renamed here."""
    assert set(CONFIGURATION) >= {key.partition(".")[0] for key in UNUSED}
    assert "workers" in {key.name for key in NETWORK.keys}
