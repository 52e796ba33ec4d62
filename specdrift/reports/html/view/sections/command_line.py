"""The command line of a run, put together again from its settings and what set them."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping

from specdrift.model.result.result import Result
from specdrift.model.result.setting import Setting
from specdrift.result.command_options import configuration_file, identity_options
from specdrift.result.printable import printable

POSITIONS = ("SPEC", "BASE_URL")


def command(result: Result) -> str:
    """``specdrift check SPEC BASE_URL …`` with the options of the run; ``lint`` for one that sent nothing.

    A configuration file stands for its settings; variables are still set. Empty for a run without a command line.
    """
    options: dict[str, dict[str, Setting]] = defaultdict(dict)
    for key, setting in result.settings.items():
        options[setting.origin][key] = setting
    words = [_word(setting.value) for name in POSITIONS for setting in options[name].values()]
    for option, settings in options.items():
        if option.startswith("--"):
            for value in _values(option, settings):
                words += [option, value] if value else [option]
    configured = configuration_file(result.settings)
    words += ["--config", configured] if configured and words else []
    name = "lint" if result.nothing_sent and not result.problem else "check"
    return printable(shlex.join(["specdrift", name, *words]), limit=4000) if words else ""


def lint_command(result: Result) -> str:
    """The command that shows a finding about the document again, without a server."""
    against = [setting.value for setting in result.settings.values() if setting.origin == "--against"]
    words = ["specdrift", "lint", result.document.source]
    for older in against:
        words += ["--against", _word(older)]
    return printable(shlex.join(words), limit=4000)


def _values(option: str, settings: Mapping[str, Setting]) -> Iterator[str]:
    """The values of an option: one for each identity, report or setting; empty for a flag."""
    if option == "--identity":
        yield from identity_options(settings).values()
        return
    for key, setting in settings.items():
        word = _word(setting.value)
        yield f"{_name(key, setting)}={word}" if option == "--report" else word


def _name(key: str, setting: Setting) -> str:
    """The last member of a dotted key."""
    return key.removeprefix(f"{setting.group}.")


def _word(value: object) -> str:
    """A value as an option takes it."""
    if value is True:
        return ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
