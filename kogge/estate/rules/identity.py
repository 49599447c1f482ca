"""Rules about who a tenant is: keys, authority, carriers, operator, groups, what may exist once only."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from kogge.estate.files.document import Path
from kogge.estate.files.model_errors import suggestion
from kogge.estate.models.body import BodyKind, District, JointBody, Municipality
from kogge.estate.models.data_protection import AUTHORITY_OF
from kogge.estate.models.regional_key import CITY_STATES, LAENDER, ars_contradiction, ars_oddity
from kogge.estate.models.tenant import Operator, Stage, Tenant
from kogge.estate.problem import ProblemSeverity
from kogge.estate.rules.rule import Files, Violation, tenant_file


def by_age(tenants: Mapping[str, Tenant]) -> list[tuple[str, Tenant]]:
    """Return tenants by the day they came, then by name: of two that collide, the later one is at fault."""
    return sorted(tenants.items(), key=lambda item: (item[1].since, item[0]))


class Claims:
    """Who holds what, while a rule walks the tenants by age; it lives as long as one call of a rule."""

    def __init__(self) -> None:
        self._holder: dict[Hashable, str] = {}

    def holder(self, thing: Hashable, claimant: str) -> str | None:
        """Return who else holds the thing; the first claimant gets it."""
        holder = self._holder.setdefault(thing, claimant)
        return None if holder == claimant else holder


def key_of(tenant: Tenant) -> tuple[str, str] | None:
    """Return the field and the regional key of a body that has one."""
    match tenant.body:
        case Municipality(ags=ags):
            return "ags", ags
        case District(district_key=key):
            return "district_key", key
        case JointBody():
            return None


def key_fits_kind(files: Files) -> Iterator[Violation]:
    """An independent city is a district of its own (AGS ends in 000), a municipality is not."""
    for stem, tenant in files.tenants.items():
        body, file = tenant.body, tenant_file(stem)
        if isinstance(body, District) and body.district_key[:2] in CITY_STATES:
            message = f"{LAENDER[body.district_key[:2]]} has no districts with a key of their own"
            yield Violation(file, ("body", "district_key"), message, "write kind: independent_city with the AGS")
        if not isinstance(body, Municipality):
            continue
        independent = body.ags.endswith("000")
        if independent and body.kind is BodyKind.MUNICIPALITY:
            message = f"{body.ags} is the key of an independent city: its last three digits are 000"
            yield Violation(file, ("body", "kind"), message, "write kind: independent_city, or correct the key")
        if not independent and body.kind is BodyKind.INDEPENDENT_CITY:
            message = f"{body.ags} is the key of a municipality of the district {body.ags[:5]}"
            yield Violation(file, ("body", "kind"), message, "write kind: municipality, or correct the key")


def ars_fits_ags(files: Files) -> Iterator[Violation]:
    """Where both keys are given, digits 1-5 and 10-12 of the ARS are the AGS."""
    for stem, tenant in files.tenants.items():
        if not isinstance(tenant.body, Municipality) or tenant.body.ars is None:
            continue
        ars, path = tenant.body.ars, ("body", "ars")
        contradiction = ars_contradiction(ars, tenant.body.ags)
        if contradiction is not None:
            yield Violation(tenant_file(stem), path, contradiction, f"the AGS of this file is {tenant.body.ags}")
        elif (oddity := ars_oddity(ars)) is not None:
            hint = "see whether the municipality belongs to an association"
            yield Violation(tenant_file(stem), path, oddity, hint, ProblemSeverity.WARNING)


def key_once(files: Files) -> Iterator[Violation]:
    """A regional key belongs to one tenant; an independent city and a district cannot share one."""
    claims = Claims()
    for stem, tenant in by_age(files.tenants):
        found = key_of(tenant)
        if found is None:
            continue
        field, key = found
        holder = claims.holder(key.removesuffix("000") if len(key) == 8 else key, stem)
        if holder is not None:
            message = f"{key} is already the key of {holder}"
            yield Violation(tenant_file(stem), ("body", field), message, "one body is one tenant: correct the key")


def carriers_distinct(files: Files) -> Iterator[Violation]:
    """A joint body names each carrier once."""
    for stem, tenant in files.tenants.items():
        if isinstance(tenant.body, JointBody):
            seen: set[str] = set()
            for index, key in enumerate(tenant.body.carried_by):
                if key in seen:
                    path: Path = ("body", "carried_by", index)
                    yield Violation(tenant_file(stem), path, f"{key} carries this body already", "name it once")
                seen.add(key)


def authority_fits_land(files: Files) -> Iterator[Violation]:
    """The supervisory authority is the one of the body's Land; a joint body's is that of a carrier's."""
    for stem, tenant in files.tenants.items():
        body = tenant.body
        found = key_of(tenant)
        keys = body.carried_by if isinstance(body, JointBody) else (found[1],) if found else ()
        lands = sorted({key[:2] for key in keys})
        authority = tenant.data_protection.supervisory_authority
        if authority not in {AUTHORITY_OF[land] for land in lands}:
            message = f"{authority} does not watch over bodies in {' or '.join(LAENDER[land] for land in lands)}"
            hint = f"write {' or '.join(AUTHORITY_OF[land] for land in lands)}"
            yield Violation(tenant_file(stem), ("data_protection", "supervisory_authority"), message, hint)


def operator_may_operate(files: Files) -> Iterator[Violation]:
    """Operations lie with a member that is a joint body carried by this body, or by its district."""
    for stem, tenant in files.tenants.items():
        if tenant.operator is None or tenant.operator.by in files.unreadable:
            continue
        found = _operator_fault(files, tenant, tenant.operator)
        if found is not None:
            yield Violation(tenant_file(stem), ("operator", "by"), *found)


def _operator_fault(files: Files, tenant: Tenant, operator: Operator) -> tuple[str, str] | None:
    other = files.tenants.get(operator.by)
    if operator.by == tenant.name:
        return "a tenant is its own operator without saying so", "delete the operator"
    if other is None:
        return f"there is no tenant {operator.by!r}", suggestion(operator.by, files.tenants)
    if other.stage is not Stage.MEMBER:
        return f"{other.name} is in the stage {other.stage} and cannot operate for others", "only members operate"
    if not isinstance(other.body, JointBody):
        return (
            f"{other.name} is no joint body and cannot operate for others",
            "name a joint body that this body carries",
        )
    if other.operator is not None:
        return f"{other.name} is itself operated by {other.operator.by}", f"name {other.operator.by}"
    own = key_of(tenant)
    keys = tenant.body.carried_by if isinstance(tenant.body, JointBody) else (own[1], own[1][:5]) if own else ()
    if not set(keys) & set(other.body.carried_by):
        message = f"{other.name} is carried by {', '.join(other.body.carried_by)}, not by this body"
        return message, "a body can only hand operations to a joint body that it or its district carries"
    if other.body.exists_since is not None and operator.since < other.body.exists_since:
        message = f"{other.name} exists since {other.body.exists_since}, later than operator.since {operator.since}"
        return message, "correct one of the two dates"
    return None


def group_once(files: Files) -> Iterator[Violation]:
    """A group has rights at one tenant only, except where both are run by the same operator."""
    holders: dict[str, Tenant] = {}
    for stem, tenant in by_age(files.tenants):
        if tenant.stage is Stage.CLOSED or (tenant.operator and tenant.operator.by not in files.tenants):
            continue
        for field, groups in (("operators", tenant.access.operators), ("viewers", tenant.access.viewers)):
            for index, group in enumerate(groups):
                path: Path = ("access", field, index)
                if group in groups[:index] or (field == "viewers" and group in tenant.access.operators):
                    message = f"{group} is named twice; operators may look anyway"
                    yield Violation(tenant_file(stem), path, message, "name it once", ProblemSeverity.WARNING)
                    continue
                holder = holders.setdefault(group, tenant)
                if holder.operator_on(files.as_of) != tenant.operator_on(files.as_of):
                    message = f"{group} has rights at {holder.name} already, which another operator runs"
                    hint = "give each partner groups of its own, or state the common operator in both files"
                    yield Violation(tenant_file(stem), path, message, hint)
