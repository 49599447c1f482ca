"""What a run must not do without being asked: take over what others made, or take away what holds data.

Server-side apply takes over an existing object silently, so Kogge looks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kogge.clusters.api import KubeApi
from kogge.clusters.errors import ApiNotFound, ApiRefused
from kogge.deploy.plan import DesiredStack
from kogge.deploy.session import Session
from kogge.deploy.stacks.backend import StackState
from kogge.desired import DesiredObject, Order
from kogge.desired.kubernetes.vocabulary import FIELD_MANAGER
from kogge.errors import KoggeError
from kogge.estate.estate import Estate
from kogge.json_value import JsonObject, items_at
from modules.registration import type_token


class TakeoverRefusedError(KoggeError):
    """Something exists that is not in the stack's state."""


class RemovalRefusedError(KoggeError):
    """A file lost something that only a staged removal may take away."""


def refuse_unasked(session: Session, desired: DesiredStack, state: StackState | None, *, adopt: bool) -> None:
    """Refuse to touch a stack in a way that nobody asked for; with ``adopt`` what others made may be taken over.

    :raises RemovalRefusedError: a space, what holds data, or the end of a blocked partner's grant would go.
    :raises TakeoverRefusedError: something exists that the state does not know.
    :raises WrongClusterError: the stack's kubeconfig leads to another cluster than the files name.
    """
    # Whatever was asked for: a plan may have been made before this identity could read which cluster it leads to.
    apis = session.clusters.of_stack(desired.stack, desired.clusters)
    refuse_removal(desired.stack, desired.items, state, session.estate)
    if not adopt:
        refuse_takeover(desired.stack, strangers(desired.items, state, apis))


def _key(item: DesiredObject) -> tuple[str, str]:
    return type_token(item.ref.api_version, item.ref.kind), item.resource_name


def _keys(urns: Iterable[str]) -> set[tuple[str, str]]:
    parts = (urn.split("::") for urn in urns)
    return {(types.rsplit("$", 1)[-1], name) for *_, types, name in parts}


def strangers(
    items: Iterable[DesiredObject], state: StackState | None, apis: Mapping[str, KubeApi]
) -> list[DesiredObject]:
    """Return desired objects that exist in a cluster, but not in the stack's state.

    An object that a killed run was just making counts as the stack's own: the state names it as pending, or it names
    the component that the object belongs to and Kogge's field manager made it. In a space whose namespace does not
    exist nothing can, so a new space costs one request. Into a space in which the provisioner is not bound it cannot
    look: what is there is found once it is.
    """
    items = [*items]
    known = _keys((*state.resources, *state.pending_creates)) if state else set()
    absent_spaces: set[str] = set()
    found = []
    for item in items:
        if _key(item) in known or item.space in absent_spaces:
            continue
        api = apis[item.cluster]
        try:
            live = api.get(api.path_of(item.manifest))
        except ApiNotFound:
            if item.ref.kind == "Namespace" and item.space:
                absent_spaces.add(item.space)
        except ApiRefused:
            if item.space is None or _is_bound(items, item.space, api):
                raise
        else:
            if not (_component(item) in known and _made_by_kogge(live)):
                found.append(item)
    return found


def _is_bound(items: Iterable[DesiredObject], space: str | None, api: KubeApi) -> bool:
    """Tell whether the provisioner's binding in a space is there; it may look at bindings everywhere."""
    try:
        return any(api.get(api.path_of(i.manifest)) for i in items if (i.space, i.order) == (space, Order.GRANTED))
    except ApiNotFound:
        return False


def _component(item: DesiredObject) -> tuple[str, str]:
    """Return type and name of the Pulumi component that an object belongs to."""
    if item.grant is not None:
        return "kogge:index:Grant", item.grant
    if item.space is not None:
        return "kogge:index:Space", item.space
    return "kogge:index:ClusterPolicy", item.cluster


def _made_by_kogge(live: JsonObject) -> bool:
    fields = items_at(live, "metadata", "managedFields")
    return any(entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" for entry in fields)


def refuse_takeover(stack: str, found: Iterable[DesiredObject]) -> None:
    """Refuse the run if anything was found.

    :raises TakeoverRefusedError: names the first ten of them.
    """
    names = [str(item.ref) for item in found]
    if names:
        shown = "\n    ".join(names[:10]) + (f"\n    and {len(names) - 10} more" if len(names) > 10 else "")
        raise TakeoverRefusedError(
            f"{stack}: exists in the cluster, but not in the state of the stack:\n    {shown}",
            hint=f"if it is yours (a lost state, or made by hand), run `kogge up {stack} --adopt`; nothing is replaced",
        )


def refuse_removal(stack: str, items: Sequence[DesiredObject], state: StackState | None, estate: Estate) -> None:
    """Refuse a run that would take away a space, what holds data, or the end of a grant whose partner is blocked.

    :raises RemovalRefusedError: names what would go.
    """
    if state is None:
        return
    wanted = {item.space for item in items}
    if gone := [name for name in state.of_type("kogge:index:Space") if name not in wanted]:
        raise RemovalRefusedError(
            f"{stack}: {', '.join(gone)} is deployed, but no longer in the files; nothing was changed",
            hint="put the entry back and set its state to retiring: a space is removed in stages",
        )
    if lost := _keys(state.protected) - {_key(item) for item in items}:
        names = ", ".join(f"{token.rsplit(':', 1)[-1]} {name}" for token, name in sorted(lost))
        raise RemovalRefusedError(
            f"{stack}: {names} holds data and is no longer in the files; nothing was changed",
            hint="put it back: what holds data goes with its space, when the service is removed in stages",
        )
    for name in state.of_type("kogge:index:Grant"):
        provider, _, consumer = name.split("/")
        if blocked := {provider, consumer} & set(estate.blocked):
            raise RemovalRefusedError(
                f"{stack}: holds an end of the grant {name}, and tenants/{min(blocked)}.yaml has an error; "
                "nothing was changed",
                hint="kogge validate names the error",
            )
