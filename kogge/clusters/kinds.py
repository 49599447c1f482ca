"""The kinds of objects that Kogge knows: their API versions, their collections, and which of them a check lists.

Listed are the kinds that Kogge declares, and the common ones in which a stranger would appear. Events and custom
resources are not: a stranger among them is not found, and the report says so. What a server serves beyond this table
is asked of it (``KubeApi.path_of``). How urgent a kind is, or who may write it, is judged elsewhere, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from kogge.findings import ObjectRef


def api_path(api_version: str) -> str:
    """Return the URL path of an API version: ``/api/v1``, ``/apis/apps/v1``."""
    return f"{'/apis' if '/' in api_version else '/api'}/{api_version}"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind, and where its objects are."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.api_version.rpartition("/")[2]

    @property
    def path(self) -> str:
        """The collection of the whole cluster."""
        return f"{api_path(self.api_version)}/{self.plural}"

    def path_in(self, namespace: str) -> str:
        """Return the collection in a namespace; a cluster-wide kind has the one."""
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{api_path(self.api_version)}{place}/{self.plural}"

    def object_path(self, namespace: str, name: str) -> str:
        """Return the path of one object, whatever its name is: names of roles and bindings may hold ``?`` and ``#``."""
        return f"{self.path_in(namespace)}/{quote(name, safe=':', errors='surrogatepass')}"

    def ref(self, cluster: str, namespace: str, name: str) -> ObjectRef:
        """Return the reference of one object."""
        return ObjectRef(cluster, self.api_version, self.kind, namespace, name)


_RBAC: Final = "rbac.authorization.k8s.io/v1"
_ADMISSION: Final = "admissionregistration.k8s.io/v1"

LISTED: Final = (
    Kind("v1", "Namespace", "namespaces", namespaced=False),
    Kind("v1", "Node", "nodes", namespaced=False),
    Kind(_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False),
    Kind(_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False),
    Kind(_ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced=False),
    Kind(_ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", namespaced=False),
    Kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced=False),
    Kind(_RBAC, "Role", "roles"),
    Kind(_RBAC, "RoleBinding", "rolebindings"),
    Kind("v1", "ResourceQuota", "resourcequotas"),
    Kind("v1", "LimitRange", "limitranges"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Kind("v1", "Service", "services"),
    Kind("v1", "Endpoints", "endpoints"),
    Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("coordination.k8s.io/v1", "Lease", "leases"),
    Kind("v1", "PodTemplate", "podtemplates"),
    Kind("v1", "ReplicationController", "replicationcontrollers"),
    Kind("v1", "Pod", "pods"),
)
"""In the order in which they are listed. Pods come last: what owns a pod is then older than the pod."""

BY_KIND: Final = {(entry.api_version, entry.kind): entry for entry in LISTED}

NOT_LISTED: Final = (
    Kind("v1", "Event", "events"),
    Kind("v1", "PersistentVolume", "persistentvolumes", namespaced=False),
    Kind("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced=False),
    Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False),
)
"""Kinds that something is said of, and that no check lists."""

_BY_NAME: Final = {entry.kind: entry for entry in (*LISTED, *NOT_LISTED)}


def kind_of(name: str) -> Kind:
    """Return the kind of a name, which is unique here. Raises ``KeyError`` for one that is not in the table."""
    return _BY_NAME[name]
