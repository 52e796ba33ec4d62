"""Serves one of the odd variants; certificates are verified where they are offered."""

from __future__ import annotations

import ssl

from tests.servers.odd import (
    around,
    bodies,
    content,
    disguise,
    doors,
    envelopes,
    forwarded,
    inputs,
    insides,
    manners,
    proxying,
    revoking,
    roles,
    trouble,
)
from tests.servers.python.serve import Guarded
from tests.servers.python.tls import Handler, TlsServer, arguments, server_context

HANDLERS: dict[str, type[Handler]] = {
    "spa": disguise.SinglePageApp,
    "spa-hides-guard": disguise.SinglePageAppHidesGuard,
    "spa-with-metrics": disguise.SinglePageAppWithMetrics,
    "login-page": disguise.LoginPage,
    "redirects-to-login": disguise.RedirectsToLogin,
    "hides-behind-404": disguise.HidesBehind404,
    "denies-with-200": disguise.DeniesWith200,
    "denies-in-its-envelope": envelopes.DeniesInItsEnvelope,
    "denies-in-its-envelope-forgotten": envelopes.ForgetsItemsInItsEnvelope,
    "refuses-everyone-in-its-envelope": envelopes.RefusesInItsEnvelopeAlike,
    "refuses-and-goes-on": envelopes.RefusesAndGoesOn,
    "refuses-open-paths": envelopes.RefusesOpenPaths,
    "sends-to-itself": envelopes.SendsToItself,
    "soft-404": disguise.SoftNotFound,
    "refuses-unknown-paths": disguise.RefusesUnknownPaths,
    "refuses-everyone": disguise.RefusesEveryone,
    "crashes-for-strangers": disguise.CrashesForStrangers,
    "session-cookie": disguise.SessionCookie,
    "http-1.0": disguise.Http10,
    "validates-first": content.ValidatesFirst,
    "whoami": content.TellsWhoYouAre,
    "empty-store": content.EmptyStore,
    "changing-answers": content.ChangingAnswers,
    "changing-answers-forgotten": content.ChangingAnswersForgotten,
    "one-of-four-open": content.OneOfFourOpen,
    "roles-ignored": roles.RolesIgnored,
    "roles-checked": roles.RolesChecked,
    "roles-too-strict": roles.RolesTooStrict,
    "roles-denied-with-200": roles.RolesDeniedWith200,
    "roles-filter": roles.RolesFilter,
    "believes-header": forwarded.BelievesHeader,
    "believes-header-first": forwarded.BelievesHeaderFirst,
    "believes-presence": forwarded.BelievesPresence,
    "believes-verified": forwarded.BelievesVerified,
    "deletes-the-first": proxying.DeletesTheFirst,
    "deletes-every-one": proxying.DeletesEveryOne,
    "believes-underscores": proxying.BelievesUnderscores,
    "drops-underscores": proxying.DropsUnderscores,
    "removes-what-it-set": proxying.RemovesWhatItSet,
    "removes-then-sets": proxying.RemovesThenSets,
    "believes-anything": forwarded.BelievesAnything,
    "tells-the-caller": forwarded.TellsTheCaller,
    "any-method": around.AnyMethod,
    "guards-get-only": around.GuardsGetOnly,
    "overrides-before-guard": around.OverridesBeforeGuard,
    "overrides-after-guard": around.OverridesAfterGuard,
    "overrides-by-form-before-guard": around.OverridesByFormBeforeGuard,
    "overrides-by-form-after-guard": around.OverridesByFormAfterGuard,
    "reads-content": around.ReadsContent,
    "guards-without-content": around.GuardsWithoutContent,
    "normalises": around.Normalises,
    "guards-the-spelling": around.GuardsTheSpelling,
    "answers-other-spellings": around.AnswersOtherSpellings,
    "rewrites-before-guard": around.RewritesBeforeGuard,
    "rewrites-after-guard": around.RewritesAfterGuard,
    "plain-too": doors.PlainAnswers,
    "plain-redirects": doors.PlainRedirects,
    "guards-by-server-name": doors.GuardsByServerName,
    "misdirected-by-server-name": doors.MisdirectedByServerName,
    "guards-by-host": doors.GuardsByHost,
    "trusts-forwarded-host": doors.TrustsForwardedHost,
    "misdirected-by-host": doors.MisdirectedByHost,
    "guards-the-last-host": manners.GuardsTheLastHost,
    "refuses-two-hosts": manners.RefusesTwoHosts,
    "guards-what-it-understood": manners.GuardsWhatItUnderstood,
    "reads-first-record": Guarded,
    "guards-the-protocol": manners.GuardsTheProtocol,
    "chooses-protocols": Guarded,
    "trusts-upgrades-to-http2": manners.TrustsUpgradesToHttp2,
    "upgrades-anybody-to-http2": manners.UpgradesAnybodyToHttp2,
    "trusts-upgrades": manners.TrustsUpgrades,
    "upgrades-the-known": manners.UpgradesTheKnown,
    "upgrades-anybody": manners.UpgradesAnybody,
    "trusts-old-clients": manners.TrustsOldClients,
    "trusts-oldest-clients": manners.TrustsOldestClients,
    "revokes": revoking.Known,
    "revokes-and-forgets": revoking.Known,
    "remembers-the-first": doors.RemembersTheFirst,
    "input-checked": inputs.InputChecked,
    "input-unchecked": inputs.InputUnchecked,
    "input-clamped": inputs.InputClamped,
    "input-crashes": inputs.InputCrashes,
    "crashes-on-any-parameter": inputs.CrashesOnAnyParameter,
    "orders-checked": bodies.Orders,
    "orders-broken": bodies.TakesBroken,
    "orders-any-media": bodies.TakesAnyMedia,
    "orders-empty": bodies.TakesNothing,
    "orders-more": bodies.TakesMore,
    "orders-more-allowed": bodies.TakesMore,
    "orders-crash": bodies.Crashes,
    "tells-its-trace": insides.TellsItsTrace,
    "keeps-its-trace": insides.KeepsItsTrace,
    "tells-its-issuer": insides.TellsItsIssuer,
    "points-to-its-issuer": insides.PointsToItsIssuer,
    "tells-its-file": insides.TellsItsFile,
    "input-tells": insides.TellsInput,
    "fails-before-guard": insides.FailsBeforeGuard,
    "tells-before-guard": insides.TellsBeforeGuard,
    "joins-path": inputs.JoinsPath,
    "joins-path-inside": inputs.JoinsPathInside,
    "tarpit": trouble.Tarpit,
    "tarpit-for-items": trouble.TarpitForItems,
    "tarpit-for-strangers": trouble.TarpitForStrangers,
    "resets-for-strangers": trouble.ResetsForStrangers,
    "resets-first-try": trouble.ResetsFirstTry,
    "resets-half": trouble.ResetsHalf,
    "resets-two-handshakes": Guarded,
    "endless-body": trouble.EndlessBody,
    "giant-headers": trouble.GiantHeaders,
    "busy-for-a-second": trouble.BusyForASecond,
    "busy-with-items": trouble.BusyWithItems,
    "lockout": trouble.Lockout,
}
SERVERS: dict[str, type[TlsServer]] = {
    "revokes": revoking.Revokes,
    "revokes-and-forgets": revoking.RevokesAndForgets,
    "resets-two-handshakes": trouble.ResetsTwoHandshakes,
    "plain-too": doors.PlainToo,
    "plain-redirects": doors.PlainToo,
    "guards-by-server-name": doors.SeesNames,
    "guards-the-protocol": manners.ChoosesProtocols,
    "chooses-protocols": manners.ChoosesProtocols,
    "guards-what-it-understood": manners.ReadsFirstRecord,
    "reads-first-record": manners.ReadsFirstRecord,
    "misdirected-by-server-name": doors.SeesNames,
}


def main() -> None:
    """Serve the variant that the command line names."""
    options = arguments()
    if options.variant == "silent":
        import asyncio  # here, because it costs the other variants a third of their start

        from tests.servers.odd import silent

        asyncio.run(silent.serve(server_context(options, ssl.CERT_REQUIRED)))
        return
    server = SERVERS.get(options.variant, TlsServer)
    context = server_context(options, ssl.CERT_OPTIONAL)
    server(context, HANDLERS[options.variant]).announce_and_serve()


if __name__ == "__main__":
    main()
