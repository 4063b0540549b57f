"""What differs between two saved Plans: created, updated, replaced, deleted; components and look-ups are nobody's change."""

from typing import Any

from meridian.analysis.changes import Action, Change, changes, counts

SUBNET, TAG = "aws:ec2/subnet:Subnet", "aws:ec2/tag:Tag"


def resource(name: str, token: str = SUBNET, *, custom: bool = True, read: bool = False, **inputs: Any) -> dict[str, Any]:
    return {"urn": f"urn::{name}", "type": token, "custom": custom, "read": read, "inputs": inputs}


def test_a_plan_against_itself_has_no_changes() -> None:
    plan = [resource("a", cidrBlock="10.0.0.0/24"), resource("b")]
    assert changes(plan, plan) == ()
    assert set(counts(()).values()) == {0}


def test_each_action_by_urn_and_inputs() -> None:
    """A subnet keeps its block for life (EC2, ModifySubnetAttribute has none); its tags change in place."""
    before = [resource("gone"), resource("moved", cidrBlock="10.0.0.0/24"), resource("named", tags={"name": "a"}), resource("same", x=1)]
    after = [resource("new"), resource("moved", cidrBlock="10.0.1.0/24"), resource("named", tags={"name": "b"}), resource("same", x=1)]
    assert changes(before, after) == (
        Change(action=Action.DELETE, urn="urn::gone"),
        Change(action=Action.REPLACE, urn="urn::moved", properties=("cidrBlock",)),
        Change(action=Action.UPDATE, urn="urn::named", properties=("tags",)),
        Change(action=Action.CREATE, urn="urn::new"),
    )
    assert dict(counts(changes(before, after))) == dict.fromkeys(Action, 1)


def test_components_providers_and_lookups_do_not_count() -> None:
    passive = [resource("c", custom=False), resource("p", "pulumi:providers:aws", region="eu-west-1"), resource("r", read=True)]
    assert changes([], passive) == changes(passive, []) == ()
