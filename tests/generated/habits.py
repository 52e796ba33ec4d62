"""Habits of generated servers that concern all of their operations."""

import json
from collections.abc import Callable
from random import Random

from tests.generated import denials
from tests.generated.data import FORMATS, Body, Record, as_file, page
from tests.generated.denials import RefusedRequest
from tests.generated.faults import Reply
from tests.generated.spellings import SPELLED
from tests.generated.vocabulary import LANGUAGES, Language

TIPS = ("Neu: Mobile App", "Karten finden Sie im Archiv.", "Nutzen Sie Chrome 118.", "Hilfe: Tel. 3155")
STATUSES = (401, 403, 404, 409, 451)


class Habits:
    """What a server does on each operation. At most one habit in a server, so that each is measured alone."""

    def __init__(self, random: Random, form: Callable[[Record, Record, str], Body], turn: int) -> None:
        chosen, self.seed = random.random(), random.getrandbits(32)
        assert form in FORMATS
        self.changing = chosen < 0.08
        """Each answer has other records."""
        self.own_denials = 0.08 <= chosen < 0.13
        """Each operation refuses with a status, form and language of its own."""
        self.flagged = 0.13 <= chosen < 0.19 and form is not as_file
        """The denial has a boolean."""
        self.roles = 0.19 <= chosen < 0.27
        """Operations are for a role, and an identity lacks it."""
        self.hops = 0.27 <= chosen < 0.32
        """A redirect to the login leads to another one."""
        self.moved = 0.32 <= chosen < 0.38
        """Each operation redirects every caller to the path that serves it."""
        spelled = 0.38 <= chosen < 0.56 and form is not as_file
        self.spelled = SPELLED[turn % len(SPELLED)] if spelled else None
        """Refusals have a part of the data in a spelling of its own. Servers take the spellings in turn."""
        self.on_all = self.seed % 2 == 0
        """All of them, and not some."""
        self.one_writer = self.seed % 4 != 1
        """What writes refusals also writes errors of paths that do not exist, with the same version, time or flag."""

    @property
    def label(self) -> str:
        """The name of the habit."""
        names = ("changing", "own_denials", "flagged", "roles", "hops", "moved")
        spelled = f"spelled{' on all' if self.on_all else ''}" if self.spelled else ""
        return " ".join((*(name for name in names if getattr(self, name)), spelled)).strip()

    def own_denial(self, path: str) -> tuple[int, Callable[[Language, RefusedRequest], Body], Language]:
        """Return status, form and language of an operation's denial."""
        random = Random(f"{self.seed} {path}")
        forms = [form for form in denials.FORMS if form not in (denials.caller, denials.envelope)]
        return random.choice(STATUSES), random.choice(forms), random.choice(tuple(LANGUAGES.values()))

    def role_denial(self, noise: Random) -> Reply:
        """Return a page with a random text and status 200, or an object with status 403."""
        if self.seed % 2:
            return Reply(200, Body("text/html", page("Rolle fehlt", noise.choice(TIPS), {}).encode()))
        return Reply(403, Body("application/json", json.dumps({"fehlt": "Rolle"}).encode()))

    def with_flag(self, body: Body, *, is_set: bool) -> Body:
        """Return a denial with a boolean in it, if it is an object."""
        if not self.flagged or "json" not in body.media_type:
            return body
        fields = {**json.loads(body.content), "gesperrt": is_set}
        return Body(body.media_type, json.dumps(fields).encode())
