"""Networks: where nodes stand, what their VPC and its subnets do by themselves."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import routes, zones
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

_NODES = resource(tokens.EKS_NODE_GROUP, {"subnetIds": ["${subnet.id}"]})
_SUBNET = resource(tokens.SUBNET, {"vpcId": "${vpc.id}"})


def _routed(**others: Draft) -> Example:
    """Nodes in a subnet of a VPC with an internet gateway, and whatever routes there are."""
    return example(
        _NODES,
        subnet=_SUBNET,
        vpc=resource(tokens.VPC),
        internet=resource(tokens.INTERNET_GATEWAY, {"vpcId": "${vpc.id}"}),
        nat=resource(tokens.NAT_GATEWAY),
        **others,
    )


_TABLE = resource(tokens.ROUTE_TABLE, {"vpcId": "${vpc.id}"})
_ASSOCIATION = resource(tokens.ROUTE_TABLE_ASSOCIATION, {"subnetId": "${subnet.id}", "routeTableId": "${table.id}"})
_TO_INTERNET = {"routeTableId": "${table.id}", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "${internet.id}"}
_TO_NAT = {"routeTableId": "${table.id}", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "${nat.id}"}


@rule(
    "sec-10",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A node in a public subnet is one public address or one open security group away from the internet.",
    fix="Give subnet_ids of subnets whose route table has no route to an internet gateway; let a NAT gateway carry egress.",
    controls=("cis-eks-1.4:5.4.3", "pci-dss-4.0:1.4.4"),
    bad=(
        _routed(table=_TABLE, association=_ASSOCIATION, route=resource(tokens.ROUTE, _TO_INTERNET)),
        _routed(
            table=resource(
                tokens.ROUTE_TABLE, {"vpcId": "${vpc.id}", "routes": [{"cidrBlock": "203.0.113.0/24", "gatewayId": "${internet.id}"}]}
            ),
            association=_ASSOCIATION,
        ),
        _routed(table=_TABLE, association=_ASSOCIATION, route=resource(tokens.ROUTE, {**_TO_INTERNET, "gatewayId": "igw-0a1b2c3d"})),
        _routed(
            table=resource(
                tokens.DEFAULT_ROUTE_TABLE,
                {
                    "defaultRouteTableId": "${vpc.defaultRouteTableId}",
                    "routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "${internet.id}"}],
                },
            )
        ),
        _routed(
            table=_TABLE,
            main=resource(tokens.MAIN_ROUTE_TABLE_ASSOCIATION, {"vpcId": "${vpc.id}", "routeTableId": "${table.id}"}),
            route=resource(tokens.ROUTE, _TO_INTERNET),
        ),
        _routed(route=resource(tokens.ROUTE, {**_TO_INTERNET, "routeTableId": "${vpc.mainRouteTableId}"})),
    ),
    good=(
        _routed(table=_TABLE, association=_ASSOCIATION, route=resource(tokens.ROUTE, _TO_NAT)),
        _routed(
            table=resource(tokens.ROUTE_TABLE, {"routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "${nat.id}"}]}),
            association=_ASSOCIATION,
        ),
        _routed(),
    ),
)
def nodes_stand_in_private_subnets(nodes: Subject) -> Iterator[str]:
    subnets = zones.subnets(nodes.stack, nodes.resource, "subnetIds", len(nodes.properties.texts("subnetIds")))
    yield from known_first(subnets, lambda subnet: _public(nodes, subnet))


def _public(nodes: Subject, subnet: Resource) -> Iterator[str]:
    for table in routes.route_tables(nodes.stack, subnet):
        for gateway in routes.internet_gateways(nodes.stack, table):
            yield f"subnet {subnet.name} routes to the internet gateway {gateway}"


_VPC = resource(tokens.VPC, {"cidrBlock": "10.0.0.0/16"})
_CLOSED = resource(tokens.DEFAULT_SECURITY_GROUP, {"vpcId": "${subject.id}"})


@rule(
    "sec-26",
    on=(tokens.VPC,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Whatever is made without a security group lands in the VPC's default one, which is open to its members and to the world.",
    fix="Add one aws.ec2.DefaultSecurityGroup with this vpc_id and neither ingress nor egress.",
    controls=("cis-aws-7.0:6.5", "fsbp:EC2.2"),
    bad=(
        example(_VPC),
        example(
            _VPC,
            closed=resource(
                tokens.DEFAULT_SECURITY_GROUP,
                {"vpcId": "${subject.id}", "ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]},
            ),
        ),
        example(
            _VPC,
            closed=resource(
                tokens.DEFAULT_SECURITY_GROUP,
                {"vpcId": "${subject.id}", "egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]},
            ),
        ),
        example(
            _VPC,
            closed=_CLOSED,
            opening=resource(
                tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": "${closed.id}", "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"}
            ),
        ),
        example(
            _VPC,
            closed=_CLOSED,
            opening=resource(
                tokens.SECURITY_GROUP_RULE,
                {"securityGroupId": "${subject.defaultSecurityGroupId}", "type": "egress", "protocol": "-1", "fromPort": 0, "toPort": 0},
            ),
        ),
    ),
    good=(example(_VPC, closed=_CLOSED),),
)
def default_security_group_is_closed(vpc: Subject) -> Iterator[str]:
    groups = vpc.referrers(tokens.DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield "the VPC's default security group is as AWS made it"
    for direction in ("ingress", "egress"):
        yield from (f"{group.name} has {direction} rules" for group in groups if group.properties.sections(direction))
    for token in (tokens.SECURITY_GROUP_RULE, tokens.SECURITY_GROUP_INGRESS_RULE, tokens.SECURITY_GROUP_EGRESS_RULE):
        for holder in (vpc.resource, *groups):
            rules = vpc.stack.referrers(holder, token, "securityGroupId")
            yield from (f"{opening.name} opens the default security group" for opening in rules)


@rule(
    "sec-28",
    on=(tokens.SUBNET,),
    severity=Severity.MEDIUM,
    why="Where public addresses are handed out unasked, whatever is started there by mistake is on the internet.",
    fix='Set map_public_ip_on_launch=False, or tag the subnet role="edge" when public addresses are its purpose.',
    controls=("fsbp:EC2.15",),
    bad=({"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": True, "tags": {"role": "nodes"}}),
    good=({}, {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": True, "tags": {"role": "edge"}}),
)
def subnet_hands_out_no_public_addresses(subnet: Subject) -> Iterator[str]:
    if subnet.properties.flag("mapPublicIpOnLaunch") and subnet.properties.section("tags").text("role") != "edge":
        yield "instances get a public address at launch"


@rule(
    "sec-29",
    on=(tokens.VPC,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Without flow logs nobody can tell after an incident who talked to whom; rejected traffic alone does not show what succeeded.",
    fix='Add one aws.ec2.FlowLog with this vpc_id and traffic_type="ALL".',
    controls=("cis-aws-7.0:4.7", "fsbp:EC2.6", "pci-dss-4.0:10.2.1"),
    bad=(
        example(_VPC),
        example(_VPC, log=resource(tokens.FLOW_LOG, {"vpcId": "${subject.id}", "trafficType": "REJECT"})),
        example(
            _VPC,
            subnet=resource(tokens.SUBNET, {"vpcId": "${subject.id}"}),
            log=resource(tokens.FLOW_LOG, {"subnetId": "${subnet.id}", "trafficType": "ALL"}),
        ),
    ),
    good=(example(_VPC, log=resource(tokens.FLOW_LOG, {"vpcId": "${subject.id}", "trafficType": "ALL"})),),
)
def vpc_logs_all_traffic(vpc: Subject) -> Iterator[str]:
    logs = vpc.referrers(tokens.FLOW_LOG, "vpcId")
    if not any(log.properties.text("trafficType") == "ALL" for log in logs):
        yield "no flow log records all traffic of the VPC"
