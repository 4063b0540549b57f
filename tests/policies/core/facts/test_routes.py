"""Where a subnet's traffic goes, and when that cannot be said."""

import pytest

from policies.core import tokens
from policies.core.example import Draft, example, resource
from policies.core.facts.routes import internet_gateways, nat_gateways, route_tables
from policies.core.resource import Stack
from policies.core.verdict import UNKNOWN, Undecided, known_part

SUBNET = resource(tokens.SUBNET, {"vpcId": "${vpc.id}"})
TABLE = resource(tokens.ROUTE_TABLE)


def stack(subject: Draft = SUBNET, **others: Draft) -> Stack:
    drafts = {"vpc": resource(tokens.VPC), "internet": resource(tokens.INTERNET_GATEWAY), "nat": resource(tokens.NAT_GATEWAY), **others}
    return example(subject, **drafts).stack(ids_known=False)


def tables(found: Stack) -> list[str]:
    return [table.name for table in route_tables(found, found.resources[0])]


def association(table: str) -> Draft:
    return resource(tokens.ROUTE_TABLE_ASSOCIATION, {"subnetId": "${subject.id}", "routeTableId": table})


def test_an_association_wins_over_the_main_table() -> None:
    main = resource(tokens.MAIN_ROUTE_TABLE_ASSOCIATION, {"vpcId": "${vpc.id}", "routeTableId": "${other.id}"})
    assert tables(stack(table=TABLE, other=TABLE, main=main, association=association("${table.id}"))) == ["table"]
    assert tables(stack(table=TABLE, other=TABLE, main=main)) == ["other"]


def test_the_main_table_is_adopted_or_the_vpcs_own() -> None:
    assert tables(stack()) == ["vpc"]
    adopted = resource(tokens.DEFAULT_ROUTE_TABLE, {"defaultRouteTableId": "${vpc.defaultRouteTableId}"})
    assert tables(stack(adopted=adopted)) == ["adopted", "vpc"]
    assert tables(stack(association=association("${vpc.mainRouteTableId}"))) == ["vpc"]


@pytest.mark.parametrize(
    ("subject", "others", "path"),
    [
        (resource(tokens.SUBNET, {"vpcId": "vpc-0a1b"}), {}, "subject.vpcId"),
        (SUBNET, {"association": association("rtb-0a1b")}, "association.routeTableId"),
    ],
)
def test_a_foreign_table_is_undecided(subject: Draft, others: dict[str, Draft], path: str) -> None:
    with pytest.raises(Undecided, match=path):
        tables(stack(subject, **others))


@pytest.mark.parametrize(
    ("route", "found"),
    [
        ({"gatewayId": "${internet.id}"}, ["internet"]),
        ({"gatewayId": "igw-0a1b"}, ["igw-0a1b"]),
        ({"gatewayId": "vgw-0a1b"}, []),
        ({"gatewayId": "local"}, []),
        ({"natGatewayId": "${nat.id}"}, []),
        ({"egressOnlyGatewayId": UNKNOWN}, []),
    ],
)
def test_gateways_of_both_encodings(route: dict[str, str], found: list[str]) -> None:
    inline = stack(table=resource(tokens.ROUTE_TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", **route}]}))
    apart = stack(table=TABLE, route=resource(tokens.ROUTE, {"routeTableId": "${table.id}", **route}))
    for each in (inline, apart):
        table = each.of_type(tokens.ROUTE_TABLE)[0]
        assert list(internet_gateways(each, table)) == found
        assert [nat.name for nat in nat_gateways(each, table)] == (["nat"] if "natGatewayId" in route else [])


def test_an_unknown_gateway_hides_no_other() -> None:
    unknown = resource(tokens.ROUTE, {"routeTableId": "${table.id}", "gatewayId": UNKNOWN})
    known = resource(tokens.ROUTE, {"routeTableId": "${table.id}", "gatewayId": "${internet.id}"})
    found = stack(table=TABLE, unknown=unknown, known=known)
    gateways, missing = known_part(internet_gateways(found, found.of_type(tokens.ROUTE_TABLE)[0]))
    assert gateways == ("internet",)
    assert str(missing) == "unknown.gatewayId"
