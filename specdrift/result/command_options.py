"""Options of a run's command line, put together again from its settings and their origins. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from specdrift.model.result.setting import Setting


def configuration_file(settings: Mapping[str, Setting]) -> str:
    """Return the configuration file that set something; empty if none did."""
    return next((setting.file for setting in settings.values() if setting.file), "")


def identity_options(settings: Mapping[str, Setting]) -> Mapping[str, str]:
    """Return the value of ``--identity`` for each identity that no file configures.

    Such as ``alice=a.pem,a.key,role=admin``.
    """
    people: dict[str, dict[str, Setting]] = defaultdict(dict)
    for key, setting in settings.items():
        table, _, name = setting.group.partition(".")
        if table == "identities" and name:
            people[name][key.removeprefix(f"{setting.group}.")] = setting
    return {
        name: f"{name}={','.join(_members(members))}"
        for name, members in people.items()
        if not any(setting.file for setting in members.values())
    }


def _members(members: Mapping[str, Setting]) -> list[str]:
    values = {name: setting.value for name, setting in members.items()}
    files = (values.get("cert-file") or values.get("pkcs12-file"), values.get("key-file"))
    roles, expect = values.get("roles"), values.get("expect")
    parts = [str(file) for file in files if file]
    parts += [f"role={role}" for role in roles] if isinstance(roles, list) else []
    return [*parts, f"expect={expect}"] if expect else parts
