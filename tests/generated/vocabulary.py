"""Refusals in several languages, and the vocabulary of generated data."""

from typing import NamedTuple


class Language(NamedTuple):
    """The texts of a refusal in one language."""

    denial: str
    title: str
    member: str


LANGUAGES = {
    "en": Language("You need a client certificate to see this.", "Access denied", "error"),
    "de": Language("Für diese Seite brauchen Sie ein Zertifikat.", "Kein Zutritt", "fehler"),
    "et": Language("Sellele lehele pääsemiseks on vaja luba.", "Luba puudub", "viga"),
    "fr": Language("Cette ressource exige une habilitation.", "Réservé aux abonnés", "erreur"),
    "pt": Language("Não foi possível atender ao seu pedido.", "Sem permissão", "erro"),
    "ja": Language("この操作には証明書が必要です", "権限がありません", "message"),
    "ar": Language("لا يمكن عرض هذه الصفحة", "غير مسموح", "khata"),
    "terse": Language("E1047", "-", "rc"),
}
NAMES = ("Miriam", "Oskar", "Yuki", "Lerato", "Tomasz", "Ingrid", "Nadia", "Piet", "Amara", "Liam")
NOUNS = ("widget", "invoice", "sensor", "pallet", "ticket", "lease", "router", "parcel", "policy", "batch")
PLACES = ("Tartu", "Lyon", "Osaka", "Porto", "Gdansk", "Accra", "Quito", "Leeds", "Turku", "Bergen")
MEMBERS = ("id", "owner", "amount", "place", "state", "items", "ref", "note", "count", "kind")
