"""Who may do what: powers of a rule, accounts of a binding, roles of both kinds."""

from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import access
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties


def powers(group: str, kind: str, verb: str, **more: Any) -> set[str]:
    rule = {"apiGroups": [group], "resources": [kind], "verbs": [verb], **more}
    return {power.name for power in access.powers(Properties(rule))}


@pytest.mark.parametrize("power", access.POWERS, ids=lambda power: f"{power.name} by {power.resources[0]}")
def test_every_pair_of_resource_and_verb_is_enough(power: access.Power) -> None:
    for kind in power.resources:
        for verb in (*power.verbs, "*"):
            assert power.name in powers(power.group, kind, verb)
            assert power.name in powers("*", kind, verb)
            assert power.name not in powers("example.com", kind, verb)
            assert power.name not in powers(power.group, kind, verb, resourceNames=["one"])


def test_a_wildcard_for_all_parts_covers_each() -> None:
    assert powers("", "*/exec", "create") == {"enter containers"}
    assert powers("", "*/log", "get") == set()


def test_who_may_do_everything() -> None:
    everything = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    assert access.is_almighty(Properties(everything))
    assert access.is_almighty(Properties({**everything, "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]}))
    assert not any(
        access.is_almighty(Properties({**everything, **less}))
        for less in ({"apiGroups": [""]}, {"resources": ["pods"]}, {"verbs": ["get"]}, {"resourceNames": ["one"]})
    )


def stack() -> Stack:
    def reference(kind: str) -> dict[str, str]:
        return {"kind": kind, "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}

    subjects = [{"kind": "ServiceAccount", "name": "api"}, {"kind": "User", "name": "anna"}]
    return example(
        resource(kinds.ROLE_BINDING[0], {"metadata": {"namespace": "shop"}, "roleRef": reference("Role"), "subjects": subjects}),
        wide=resource(kinds.CLUSTER_ROLE_BINDING[0], {"roleRef": reference("ClusterRole"), "subjects": subjects[1:]}),
        near=resource(kinds.ROLE[0], {"metadata": {"name": "reader", "namespace": "shop"}}),
        far=resource(kinds.ROLE[0], {"metadata": {"name": "reader", "namespace": "far"}}),
        whole=resource(kinds.CLUSTER_ROLE[0], {"metadata": {"name": "reader"}}),
    ).stack(ids_known=True)


def named(found: Any) -> list[str]:
    return [each.name for each in found if isinstance(each, Resource)]


def test_an_account_without_namespace_is_that_of_the_binding() -> None:
    binding = stack().resources[0]
    assert list(access.accounts(binding)) == [access.Account("shop", "api")]
    assert named(access.bindings_of(stack(), access.Account("shop", "api"))) == ["subject"]
    assert named(access.bindings_of(stack(), access.Account("far", "api"))) == []


def test_a_role_is_sought_in_the_bindings_namespace_and_a_cluster_role_anywhere() -> None:
    all_of_it = stack()
    near, wide = all_of_it.resources[:2]
    assert named(access.roles_of(all_of_it, near)) == ["near"]
    assert named(access.roles_of(all_of_it, wide)) == ["whole"]
