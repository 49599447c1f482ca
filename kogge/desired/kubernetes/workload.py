"""What runs in a space and how it is reached: Deployment, Service, Ingresses, PodDisruptionBudget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kogge.desired.kubernetes import material
from kogge.desired.kubernetes.space import TenantSpace
from kogge.desired.kubernetes.vocabulary import APP_LABEL, PREFIX, SKIP_AWAIT
from kogge.desired.objects import Concern, DesiredObject, Order
from kogge.estate.estate import Grant
from kogge.estate.models.catalogue import Application
from kogge.estate.models.tenant import Reach, Stage, Tenant

UNPRIVILEGED_USER: Final = 65532
"""The uid that distroless images call ``nonroot``."""

ALLOWED_SOURCES: Final = "nginx.ingress.kubernetes.io/whitelist-source-range"


def priority_class(stage: Stage) -> str:
    """Return the PriorityClass of a tenant's pods: when nodes are short, pilots give way to members."""
    return "kogge-pilot" if stage is Stage.PILOT else "kogge-member"


def _selector(space: TenantSpace) -> dict[str, str]:
    return {APP_LABEL: space.service.use}


def _probe(application: Application, *, period: int, failures: int) -> dict[str, Any]:
    port = application.browser_port or application.ports[0]
    check = {"httpGet": {"path": application.health_path, "port": port.name, "scheme": "HTTP"}}
    return {**check, "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 5}


def _container(space: TenantSpace) -> dict[str, Any]:
    application, resources = space.application, space.container
    environment: list[dict[str, Any]] = [{"configMapRef": {"name": material.SETTINGS}}]
    if application.secrets:
        environment.append({"secretRef": {"name": material.SECRETS}})
    mounts = [{"name": volume.name, "mountPath": volume.mount} for volume in application.volumes]
    mounts += [{"name": f"scratch-{index}", "mountPath": path} for index, path in enumerate(application.writable)]
    assert space.service.version is not None  # noqa: S101 (a rule of the estate holds it)
    return {
        "name": "app",
        "image": application.versions[space.service.version].image,
        "imagePullPolicy": "IfNotPresent",
        "envFrom": environment,
        "ports": [{"name": p.name, "containerPort": p.port, "protocol": "TCP"} for p in application.ports],
        "resources": {
            "requests": {"cpu": resources.cpu_request, "memory": resources.memory_request},
            "limits": {"cpu": resources.cpu_limit, "memory": resources.memory_limit},
        },
        "readinessProbe": _probe(application, period=5, failures=3),
        "livenessProbe": _probe(application, period=20, failures=6),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        **({"volumeMounts": mounts} if mounts else {}),
    }


def _pod_spec(space: TenantSpace) -> dict[str, Any]:
    application = space.application
    volumes: list[dict[str, Any]] = [
        {"name": volume.name, "persistentVolumeClaim": {"claimName": volume.name}} for volume in application.volumes
    ]
    volumes += [
        {"name": f"scratch-{index}", "emptyDir": {"sizeLimit": "256Mi"}} for index, _ in enumerate(application.writable)
    ]
    return {
        "serviceAccountName": material.ACCOUNT,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": priority_class(space.tenant.stage),
        "securityContext": {
            "fsGroup": UNPRIVILEGED_USER,
            "runAsGroup": UNPRIVILEGED_USER,
            "runAsNonRoot": True,
            "runAsUser": UNPRIVILEGED_USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": _selector(space)},
            }
        ],
        "containers": [_container(space)],
        **({"volumes": volumes} if volumes else {}),
    }


def deployment(space: TenantSpace) -> DesiredObject:
    """Return the Deployment. How many replicas run within the catalogue's bounds is the operator's to say."""
    template = {
        "metadata": {
            "labels": {**space.labels(), **_selector(space)},
            "annotations": {f"{PREFIX}/environment": material.environment_digest(space)},
        },
        "spec": _pod_spec(space),
    }
    spec = {
        "replicas": space.replicas,
        "revisionHistoryLimit": 3,
        "progressDeadlineSeconds": space.application.ready_seconds,
        "selector": {"matchLabels": _selector(space)},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {
                "maxSurge": space.application.replicas.surge,
                "maxUnavailable": 0 if space.application.replicas.surge else 1,
            },
        },
        "template": template,
    }
    manifest = space.manifest("Deployment", space.service.use, {"spec": spec})
    delegated = () if space.retiring else ("/spec/replicas",)
    return space.desired(manifest, Concern.WORKLOAD, Order.WORKLOAD, delegated_paths=delegated)


def _service(space: TenantSpace) -> DesiredObject:
    ports = [{"name": p.name, "port": p.port, "protocol": "TCP", "targetPort": p.name} for p in space.application.ports]
    spec = {"type": "ClusterIP", "selector": _selector(space), "ports": ports}
    manifest = space.manifest("Service", space.service.use, {"spec": spec}, SKIP_AWAIT)
    return space.desired(manifest, Concern.WORKLOAD, Order.ENTRANCE)


def _ingress(space: TenantSpace, name: str, hostname: str, visitors: Tenant, *, grant: Grant | None) -> DesiredObject:
    """Return the Ingress of one hostname; one that is reached by VPN answers only the visitors' own networks."""
    port = space.application.browser_port
    assert port is not None  # noqa: S101 (the caller asks only for a service with a browser port)
    backend = {"service": {"name": space.service.use, "port": {"name": port.name}}}
    rule = {"host": hostname, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    spec = {"ingressClassName": space.cluster.ingress.class_name, "rules": [rule]}
    annotations = SKIP_AWAIT
    if grant is not None or space.service.reach is Reach.VPN:
        networks = visitors.network.vpn.networks if visitors.network.vpn else ()
        allowed = ",".join(str(network) for network in networks) or "127.0.0.1/32"
        annotations = {**SKIP_AWAIT, ALLOWED_SOURCES: allowed}
    manifest = space.manifest("Ingress", name, {"spec": spec}, annotations)
    return space.desired(manifest, Concern.WORKLOAD, Order.ENTRANCE, grant=grant)


def _budget(space: TenantSpace) -> DesiredObject:
    spec = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": _selector(space)},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    manifest = space.manifest("PodDisruptionBudget", space.service.use, {"spec": spec})
    return space.desired(manifest, Concern.WORKLOAD, Order.ENTRANCE)


def workload(space: TenantSpace) -> Iterable[DesiredObject]:
    """Yield the Deployment and its entrances; a retiring service has no entrance for browsers."""
    yield deployment(space)
    yield _service(space)
    yield _budget(space)
    if space.application.browser_port is None or space.retiring:
        return
    if space.service.hostname:
        yield _ingress(space, space.service.use, space.service.hostname, space.tenant, grant=None)
    for grant in space.grants:
        consumer = space.estate.tenants.get(grant.consumer)
        if grant.hostname and consumer is not None:
            yield _ingress(space, f"grant-to-{grant.consumer}", grant.hostname, consumer, grant=grant)
