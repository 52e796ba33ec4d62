"""The redactor of a run, and the secrets that it hides."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec import Struct, field

from specdrift.checks.credentials.issued_secrets import issued_secrets
from specdrift.classify.exchange_log import ExchangeLog
from specdrift.model.contract.contract import Contract
from specdrift.pki.sources import Prompt
from specdrift.redaction.configured_secrets import credentials_of, parameters_of, secrets_of
from specdrift.redaction.known import remember
from specdrift.result.redact import Redactor
from specdrift.scan.preparation.credentials.altered_values import secret_forms
from specdrift.scan.preparation.run import Run
from specdrift.settings import SchemeSettings, Secret, Settings


def redactor_for(run: Run, log: ExchangeLog | None = None) -> Redactor:
    """Return the redactor that knows the owner's secrets, and what the server issued and was sent back."""
    names, values = issued_secrets(log) if log is not None else ((), ())
    return Redactor((*run.secret_headers, *names), (*(secret.reveal() for secret in run.secrets), *values))


def secrets_for(
    settings: Settings,
    contract: Contract,
    schemes: Mapping[str, SchemeSettings],
    *,
    names: Iterable[str],
    entered: Iterable[str] = (),
) -> tuple[Secret, ...]:
    """Return the owner's secrets of a run. ``schemes`` have their tokens; ``entered`` are the prompted passphrases."""
    found = (
        *secrets_of(settings),
        *credentials_of(schemes.values()),
        *secret_forms(schemes.values()),
        *parameters_of(contract.operations, tuple(names)),
        *_passphrases(settings),
        *entered,
    )
    secrets = tuple(dict.fromkeys(filter(None, found)))
    remember(secrets)
    return tuple(map(Secret, secrets))


class NotingPrompt(Struct):
    """Notes the passphrases that the user enters."""

    prompt: Prompt
    entered: list[str] = field(default_factory=list)

    def __call__(self, question: str) -> str:
        answer = self.prompt(question)
        self.entered.append(answer)
        return answer


def _passphrases(settings: Settings) -> Iterator[str]:
    """Yield the passphrases in files. The files were read before, so that an error is reported there."""
    files = (*(identity.key_pass_file for identity in settings.identities), settings.client_ca.key_pass_file)
    for file in filter(None, files):
        with suppress(OSError):
            yield from file.read_text(encoding="utf-8", errors="replace").splitlines()[:1]
