"""How one desired object becomes one Pulumi resource.

A manifest is registered as it stands, under the type that the generated SDK would use, so that state, URN and inputs
are the SDK's while its half second of imports is not paid.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi

from kogge.desired import DesiredObject, Order, Removal
from kogge.json_value import steps

PROVIDER_VERSION: Final = "4.18.0"
Fill = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Replaces every secret's name in a manifest by the secret."""


def type_token(api_version: str, kind: str) -> str:
    """Return the Pulumi type of a kind: ``kubernetes:core/v1:Secret``, ``kubernetes:apps/v1:Deployment`` …"""
    group_version = api_version if "/" in api_version else f"core/{api_version}"
    return f"kubernetes:{group_version}:{kind}"


@dataclass(slots=True)
class Registration:
    """Registers the objects of one component in their order; it remembers what later objects wait for."""

    parent: pulumi.Resource
    provider: pulumi.ProviderResource
    fill: Fill
    after: Sequence[pulumi.Resource] = ()
    """What everything here waits for."""
    deleted_with: pulumi.Resource | None = None
    granted: Callable[[str], None] | None = None
    """Returns as soon as the provider may write in the space of that name, where a binding gives it the right."""
    kept: Sequence[str] = ()
    """Keys of ConfigMaps whose values stay as they were applied last."""
    made: dict[Order, list[pulumi.Resource]] = field(default_factory=dict)
    usable: list[pulumi.Output[pulumi.Resource]] = field(default_factory=list)
    """Bindings, as soon as they have effect."""

    def register(self, items: Iterable[DesiredObject]) -> list[pulumi.Resource]:
        """Register every item; those of a later order wait for those of earlier ones."""
        return [resource for item in items for resource in self._register(item)]

    def _register(self, item: DesiredObject) -> list[pulumi.Resource]:
        manifest = self.fill(item.manifest)
        delegated = _cut(manifest, item.delegated_paths)
        options = self._options(item)
        resource = pulumi.CustomResource(
            type_token(manifest["apiVersion"], manifest["kind"]),
            item.resource_name,
            _wrapped(manifest),
            options,
        )
        found: list[pulumi.Resource] = [resource]
        if delegated:
            found.append(self._patch(item, delegated, resource))
        self.made.setdefault(item.order, []).extend(found)
        if item.order is Order.GRANTED and self.granted is not None and not pulumi.runtime.is_dry_run():
            self.usable.append(_usable(resource, self.granted, item.ref.namespace))
        if item.order is Order.NAMESPACE and item.space:
            self.deleted_with = resource
        return found

    def _options(self, item: DesiredObject) -> pulumi.ResourceOptions:
        earlier = self.made[max(before)] if (before := [order for order in self.made if order < item.order]) else []
        return pulumi.ResourceOptions(
            parent=self.parent,
            provider=self.provider,
            version=PROVIDER_VERSION,
            depends_on=[
                *self.after,
                *([self.deleted_with] if self.deleted_with is not None else ()),
                *earlier,
                *(self.usable if item.order > Order.GRANTED else ()),
            ],
            deleted_with=self.deleted_with,
            protect=item.removal is Removal.STAGED,
            additional_secret_outputs=["data"] if item.ref.kind == "Secret" else None,
            custom_timeouts=_patience(item),
            ignore_changes=[f'data["{key}"]' for key in self.kept] if item.ref.kind == "ConfigMap" else None,
            # A state in which the platform's objects bear no cluster's name is brought over without replacing any.
            aliases=[pulumi.Alias(name=item.ref.name)] if item.tenant is None else None,
        )

    def _patch(self, item: DesiredObject, delegated: Mapping[str, Any], after: pulumi.Resource) -> pulumi.Resource:
        """Set the delegated fields once, under a field manager that Pulumi makes up for this resource alone.

        The object itself never names them, so a later ``up`` leaves alone what an operator chose.
        """
        ref = item.ref
        metadata = {
            "name": ref.name,
            "namespace": ref.namespace,
            "annotations": {"pulumi.com/patchForce": "true"},
        }
        return pulumi.CustomResource(
            type_token(ref.api_version, f"{ref.kind}Patch"),
            item.resource_name,
            {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **delegated},
            pulumi.ResourceOptions.merge(
                self._options(item), pulumi.ResourceOptions(depends_on=[after], protect=False)
            ),
        )


def _usable(binding: pulumi.Resource, granted: Callable[[str], None], space: str) -> pulumi.Output[pulumi.Resource]:
    """Return the binding of a space once it has effect; the other resources of the program go on meanwhile."""

    async def wait(_: str) -> pulumi.Resource:
        await asyncio.to_thread(granted, space)
        return binding

    assert isinstance(binding, pulumi.CustomResource)  # noqa: S101 (every object is one)
    return binding.id.apply(wait)


def _patience(item: DesiredObject) -> pulumi.CustomTimeouts:
    """Wait for a rollout as long as the Deployment itself does, and three minutes for anything else."""
    rollout = item.manifest.get("spec", {}).get("progressDeadlineSeconds", 160) + 20
    return pulumi.CustomTimeouts(create=f"{rollout}s", update=f"{rollout}s", delete="3m")


def _cut(manifest: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Take the values at ``paths`` (JSON pointers through objects) out of the manifest and return them as a tree."""
    tree: dict[str, Any] = {}
    for path in paths:
        *parents, last = steps(path)
        source, target = manifest, tree
        for step in parents:
            source, target = source[step], target.setdefault(step, {})
        target[last] = source.pop(last)
    return tree


def _wrapped(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Mark the data of a Secret as secret: only the generated SDK classes do that by themselves."""
    if manifest["kind"] == "Secret":
        return {**manifest, "data": pulumi.Output.secret(manifest["data"])}
    return dict(manifest)
