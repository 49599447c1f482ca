"""Whose an object is, asked of the real apiserver: what the state names, what a killed run was making, and the rest."""

from __future__ import annotations

import dataclasses

from kogge.clusters.api import KubeApi
from kogge.deploy.stacks.backend import Backend, StackState
from kogge.deploy.stacks.takeover import strangers
from kogge.desired import tenant_objects
from kogge.estate import require_estate
from tests.support.estate_root import EstateRoot


def found(root: EstateRoot, admin: KubeApi, state: StackState | None) -> set[str]:
    """Return what of the stack moelln exists and is not the stack's own by this state."""
    estate = require_estate(root.path)
    items = tenant_objects(estate, estate.tenant("moelln"))
    return {str(item.ref) for item in strangers(items, state, {"hl1": admin})}


def state_of(root: EstateRoot) -> StackState:
    state = Backend(require_estate(root.path)).read("moelln")
    assert state is not None
    return state


def test_what_the_state_names_is_the_stacks_own(estate: EstateRoot, admin: KubeApi) -> None:
    assert found(estate, admin, state_of(estate)) == set()


def test_without_a_state_everything_that_exists_is_somebody_elses(estate: EstateRoot, admin: KubeApi) -> None:
    everything = found(estate, admin, None)
    assert "Namespace moelln--terminvergabe" in everything
    assert "Deployment moelln--terminvergabe/terminvergabe" in everything


def test_what_a_killed_run_was_just_making_is_the_stacks_own(estate: EstateRoot, admin: KubeApi) -> None:
    """Without the component in the state, so that only the pending operation speaks for it."""
    state = state_of(estate)
    kinds = ("kogge:index:Space::", "Secret::moelln--terminvergabe/secrets")
    rest = tuple(urn for urn in state.resources if not any(kind in urn for kind in kinds))
    [secret] = [urn for urn in state.resources if urn.endswith("Secret::moelln--terminvergabe/secrets")]
    forgotten = dataclasses.replace(state, resources=rest)
    assert found(estate, admin, forgotten) == {"Secret moelln--terminvergabe/secrets"}
    assert found(estate, admin, dataclasses.replace(forgotten, pending_creates=(secret,))) == set()


def test_what_others_made_in_a_space_of_the_stack_is_not_taken_over(estate: EstateRoot, admin: KubeApi) -> None:
    """The state names the space and not the map; the map was made by another field manager."""
    state = state_of(estate)
    name = "ConfigMap::moelln--terminvergabe/settings"
    forgotten = dataclasses.replace(state, resources=tuple(u for u in state.resources if not u.endswith(name)))
    assert found(estate, admin, forgotten) == set()
    path = "/api/v1/namespaces/moelln--terminvergabe/configmaps/settings"
    kogges = admin.get(path)
    admin.delete(path)
    body = {key: kogges[key] for key in ("apiVersion", "kind", "data")}
    admin.post(path.rpartition("/")[0], {**body, "metadata": {"name": "settings"}})
    try:
        assert found(estate, admin, forgotten) == {"ConfigMap moelln--terminvergabe/settings"}
    finally:
        admin.delete(path)
        metadata = {key: kogges["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        admin.apply({**body, "metadata": metadata}, field_manager="kogge")
