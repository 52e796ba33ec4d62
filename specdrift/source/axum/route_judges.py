"""What looks at the code around a route: its guards, roles and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from specdrift.source.axum.guards.chosen_methods import ChosenMethods
from specdrift.source.axum.guards.guard_classifier import GuardClassifier
from specdrift.source.axum.guards.outcomes.extractor_kinds import ExtractorKinds
from specdrift.source.axum.guards.outcomes.held_layers import HeldLayers
from specdrift.source.axum.guards.outcomes.idle_layers import IdleLayers
from specdrift.source.axum.guards.outcomes.outer_answers import OuterAnswers
from specdrift.source.axum.guards.outcomes.rest_answers import RestAnswers
from specdrift.source.axum.guards.presence.outer_insertions import OuterInsertions
from specdrift.source.axum.guards.request_cases import RequestCases
from specdrift.source.axum.guards.role_mentions import RoleMentions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from specdrift.source.axum.evaluate.router_roots import RouterRoot
    from specdrift.source.axum.guards.absent.absent_case import AbsentCase
    from specdrift.source.axum.guards.access_profiles import AccessProfiles
    from specdrift.source.axum.guards.guard_exits import GuardExits
    from specdrift.source.protocol import SourceQuery


class RouteJudges(Struct, frozen=True):
    """What looks at the code around a route."""

    classifier: GuardClassifier
    roles: RoleMentions
    rest: RestAnswers

    @classmethod
    def of(
        cls,
        profiles: AccessProfiles,
        exits: GuardExits,
        case: AbsentCase,
        query: SourceQuery,
        roots: Iterable[RouterRoot],
    ) -> RouteJudges:
        """Return the judges of the routes of some roots."""
        requests, chosen = RequestCases(profiles), ChosenMethods(profiles)
        classifier = GuardClassifier(
            profiles,
            exits,
            case,
            requests,
            chosen,
            ExtractorKinds(profiles, chosen),
            OuterAnswers(requests),
            IdleLayers(profiles, exits, case),
            HeldLayers(profiles),
            OuterInsertions(only_way=sum(max(1, len(root.ways)) for root in roots if root.served) == 1),
            query.guards,
            frozenset(one.path for root in roots for one in root.router.routes),
        )
        return cls(classifier, RoleMentions(query.roles, profiles, case), RestAnswers(case))
