"""What a server fills in is learned per shape, and holds for every manifest of that shape."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kogge.defaults.shape import Defaults, defaults_of, plain_object, shape, with_defaults
from kogge.derived import Derived, Purpose, plain


def deployment(name: str = "app", image: str = "a@sha256:1", **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "image": image, "resources": {"limits": {"cpu": "1"}}, **spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "a", "labels": {"x": "y"}},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }


@pytest.mark.parametrize(
    "other",
    [
        deployment(name="other"),
        deployment(image="b@sha256:2"),
        deployment(resources={"limits": {"cpu": "2"}}),
        {**deployment(), "metadata": {"name": "app", "namespace": "b", "labels": {"z": "w", "v": "u"}}},
    ],
)
def test_names_images_labels_and_amounts_are_no_part_of_a_shape(other: dict[str, Any]) -> None:
    assert shape(other) == shape(deployment())


@pytest.mark.parametrize(
    "other",
    [
        deployment(stdin=True),
        deployment(imagePullPolicy="Always"),
        deployment(resources={"limits": {"memory": "1"}}),
        deployment(resources={}),
        {**deployment(), "kind": "StatefulSet"},
        {**deployment(), "metadata": {**deployment()["metadata"], "annotations": {"a": "b"}}},
        {**deployment(), "spec": {"template": {"spec": {"containers": []}}}},
    ],
)
def test_whatever_may_steer_defaulting_is_part_of_a_shape(other: dict[str, Any]) -> None:
    assert shape(other) != shape(deployment())


def answer() -> dict[str, Any]:
    found = copy.deepcopy(deployment(name="probe", emptied=[]))
    found["metadata"] |= {"uid": "1", "creationTimestamp": "now", "finalizers": ["a/b"]}
    found["metadata"]["labels"]["kubernetes.io/metadata.name"] = "probe"
    container = found["spec"]["template"]["spec"]["containers"][0]
    del container["emptied"]
    container["terminationMessagePath"] = "/dev/termination-log"
    found["spec"]["template"]["spec"]["restartPolicy"] = "Always"
    found["status"] = {"replicas": 0}
    return found


def test_what_was_learned_from_one_manifest_completes_another_of_the_same_shape() -> None:
    learned = defaults_of(deployment(name="probe", emptied=[]), answer())
    form: Any = with_defaults(deployment(name="mine", image="b@sha256:2", emptied=[]), learned)
    container = form["spec"]["template"]["spec"]["containers"][0]
    assert container == {
        "name": "app",
        "image": "b@sha256:2",
        "resources": {"limits": {"cpu": "1"}},
        "terminationMessagePath": "/dev/termination-log",
    }
    assert form["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    assert form["metadata"]["finalizers"] == ["a/b"]
    assert form["metadata"]["labels"] == {"x": "y", "kubernetes.io/metadata.name": "mine"}
    assert "status" not in form
    assert "uid" not in form["metadata"]


def test_completing_a_manifest_leaves_it_as_it_was() -> None:
    manifest = deployment(name="mine", emptied=[])
    before = copy.deepcopy(manifest)
    with_defaults(manifest, defaults_of(deployment(name="probe", emptied=[]), answer()))
    assert manifest == before


def test_another_spelling_of_an_amount_is_not_learned() -> None:
    written, stored = deployment(resources={"limits": {"cpu": "1000m"}}), deployment()
    assert defaults_of(written, stored) == Defaults()


def test_an_address_that_the_server_chose_is_not_learned() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"type": "ClusterIP"}}
    stored = {**service, "spec": {**service["spec"], "clusterIP": "10.96.0.9", "sessionAffinity": "None"}}  # type: ignore[dict-item]
    assert defaults_of(service, stored) == Defaults(((("spec", "sessionAffinity"), "None"),))


def test_defaults_survive_the_store() -> None:
    learned = defaults_of(deployment(name="probe", emptied=[]), answer())
    assert Defaults.from_json(learned.to_json()) == learned


@pytest.mark.parametrize("document", [None, {}, {"filled": 1, "dropped": []}, {"filled": [["a", 1]], "dropped": []}])
def test_a_damaged_store_is_refused(document: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        Defaults.from_json(document)


def test_a_secret_is_sent_to_the_server_by_its_name() -> None:
    secret = Derived("moelln", Purpose.SESSION_KEY, "terminvergabe")
    sent = plain_object({"kind": "Secret", "data": {"key": plain(secret)}})
    assert sent["data"] == {"key": plain(secret).marker()}
