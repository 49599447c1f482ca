"""What is listed of a cluster: the kinds that Kogge declares, and the common ones in which a stranger would appear.

Events and custom resources are not listed: a stranger among them is not found, and the report says so. The nightly
identity's role must allow each kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ListedKind:
    """One kind, and where its collection is."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def path(self) -> str:
        """The collection of the whole cluster."""
        base = "/apis" if "/" in self.api_version else "/api"
        return f"{base}/{self.api_version}/{self.plural}"

    def object_path(self, namespace: str, name: str) -> str:
        """Return the path of one object."""
        base = "/apis" if "/" in self.api_version else "/api"
        place = f"/namespaces/{namespace}" if self.namespaced else ""
        return f"{base}/{self.api_version}{place}/{self.plural}/{name}"


_RBAC: Final = "rbac.authorization.k8s.io/v1"
_ADMISSION: Final = "admissionregistration.k8s.io/v1"

LISTED: Final = (
    ListedKind("v1", "Namespace", "namespaces", namespaced=False),
    ListedKind("v1", "Node", "nodes", namespaced=False),
    ListedKind(_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    ListedKind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    ListedKind(_ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False),
    ListedKind(_ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False),
    ListedKind(_ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced=False),
    ListedKind(_ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", namespaced=False),
    ListedKind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced=False),
    ListedKind(_RBAC, "Role", "roles"),
    ListedKind(_RBAC, "RoleBinding", "rolebindings"),
    ListedKind("v1", "ResourceQuota", "resourcequotas"),
    ListedKind("v1", "LimitRange", "limitranges"),
    ListedKind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    ListedKind("networking.k8s.io/v1", "Ingress", "ingresses"),
    ListedKind("v1", "ServiceAccount", "serviceaccounts"),
    ListedKind("v1", "Secret", "secrets"),
    ListedKind("v1", "ConfigMap", "configmaps"),
    ListedKind("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ListedKind("v1", "Service", "services"),
    ListedKind("v1", "Endpoints", "endpoints"),
    ListedKind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    ListedKind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    ListedKind("apps/v1", "Deployment", "deployments"),
    ListedKind("apps/v1", "ReplicaSet", "replicasets"),
    ListedKind("apps/v1", "StatefulSet", "statefulsets"),
    ListedKind("apps/v1", "DaemonSet", "daemonsets"),
    ListedKind("apps/v1", "ControllerRevision", "controllerrevisions"),
    ListedKind("batch/v1", "Job", "jobs"),
    ListedKind("batch/v1", "CronJob", "cronjobs"),
    ListedKind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ListedKind("coordination.k8s.io/v1", "Lease", "leases"),
    ListedKind("v1", "PodTemplate", "podtemplates"),
    ListedKind("v1", "ReplicationController", "replicationcontrollers"),
    ListedKind("v1", "Pod", "pods"),
)
"""In the order in which they are listed. Pods come last: what owns a pod is then older than the pod."""

BY_KIND: Final = {(listed.api_version, listed.kind): listed for listed in LISTED}
