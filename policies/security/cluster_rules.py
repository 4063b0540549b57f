"""EKS control planes: who reaches them, what they encrypt, log and run, whom they let in."""

from collections.abc import Iterator

from components import catalog
from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts.addresses import public_addresses
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

WORLD = ("0.0.0.0/0", "::/0")
"""Who reaches a public endpoint unless told otherwise; the second only where the cluster speaks IPv6 (EKS user guide, cluster endpoint)."""

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that a control plane writes (EKS API, LogType)."""


@rule(
    "sec-01",
    on=(tokens.EKS_CLUSTER,),
    severity=Severity.HIGH,
    why="A Kubernetes API on the internet is one stolen token away from the whole cluster; without a private endpoint nodes leave the VPC.",
    fix="Set vpc_config.endpoint_public_access=False and endpoint_private_access=True; reach it through the VPC.",
    controls=("cis-eks-1.4:5.4.2", "fsbp:EKS.1", "pci-dss-4.0:1.4.4"),
    bad=(
        {},
        {"vpcConfig": {"endpointPrivateAccess": True}},
        {"vpcConfig": {"endpointPublicAccess": True, "endpointPrivateAccess": True}},
        {"vpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": False}},
    ),
    good=({"vpcConfig": {"endpointPublicAccess": False, "endpointPrivateAccess": True}},),
)
def cluster_endpoint_is_private(cluster: Subject) -> Iterator[str]:
    vpc = cluster.properties.section("vpcConfig")
    if not vpc.flag("endpointPrivateAccess"):
        yield "the private endpoint is off"
    if vpc.flag("endpointPublicAccess", default=True):
        yield "the public endpoint is on"


@rule(
    "sec-02",
    on=(tokens.EKS_CLUSTER,),
    severity=Severity.CRITICAL,
    why="Whoever reaches the API may try every credential and every unpatched flaw; CIDR blocks that add up to the world are no list.",
    fix="Set vpc_config.public_access_cidrs to the addresses of your own egress, together at most max_addresses.",
    controls=("cis-eks-1.4:5.4.1",),
    settings=("max_addresses",),
    bad=(
        {},
        {"vpcConfig": {"publicAccessCidrs": ["0.0.0.0/0"]}},
        {"vpcConfig": {"publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"vpcConfig": {"publicAccessCidrs": ["::/0"]}},
        {"vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.112.0/23"]}},
    ),
    good=(
        {"vpcConfig": {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}},
        {"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/25", "203.0.113.128/25"]}},
        {"vpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}},
    ),
)
def public_endpoint_serves_few_addresses(cluster: Subject) -> Iterator[str]:
    vpc = cluster.properties.section("vpcConfig")
    if not vpc.flag("endpointPublicAccess", default=True):
        return
    addresses = public_addresses(tuple(vpc.texts("publicAccessCidrs")) or WORLD)
    if addresses > cluster.settings.max_addresses:
        yield f"{addresses:,} public addresses reach the endpoint, {cluster.settings.max_addresses} are allowed"


@rule(
    "sec-03",
    on=(tokens.EKS_CLUSTER,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="With a key of its own a cluster's secrets become unreadable by disabling one key, and every use of it is in the audit log.",
    fix='Set encryption_config.resources=["secrets"] and encryption_config.provider.key_arn to the ARN of a key of this stack.',
    controls=("cis-eks-1.4:5.3.1", "fsbp:EKS.3", "hipaa:164.312(a)(2)(iv)"),
    bad=(
        {},
        {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:eu-west-1:123456789012:alias/aws/eks"}}},
        example(
            resource(tokens.EKS_CLUSTER, {"encryptionConfig": {"resources": [], "provider": {"keyArn": "${key.arn}"}}}),
            key=resource(tokens.KMS_KEY),
        ),
    ),
    good=(
        {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}}},
        example(
            resource(tokens.EKS_CLUSTER, {"encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "${key.arn}"}}}),
            key=resource(tokens.KMS_KEY),
        ),
    ),
)
def cluster_secrets_have_a_key_of_their_own(cluster: Subject) -> Iterator[str]:
    encryption = cluster.properties.section("encryptionConfig")
    if "secrets" not in encryption.texts("resources"):
        yield "secrets are not encrypted with a customer managed key"
    elif not cluster.referents("encryptionConfig", *tokens.CUSTOMER_MANAGED_KEYS) and ":key/" not in encryption.section("provider").text(
        "keyArn"
    ):
        yield "the key of the secrets is not a customer managed one"


@rule(
    "sec-04",
    on=(tokens.EKS_CLUSTER,),
    severity=Severity.MEDIUM,
    why="What the control plane did not log cannot be found out after an incident.",
    fix='Set enabled_cluster_log_types=["api", "audit", "authenticator", "controllerManager", "scheduler"].',
    controls=("cis-eks-1.4:2.1.1", "fsbp:EKS.8", "pci-dss-4.0:10.2.1"),
    bad=({}, {"enabledClusterLogTypes": ["api", "audit"]}),
    good=({"enabledClusterLogTypes": ["scheduler", "controllerManager", "authenticator", "audit", "api"]},),
)
def control_plane_logs_everything(cluster: Subject) -> Iterator[str]:
    enabled = set(cluster.properties.texts("enabledClusterLogTypes"))
    missing = [kind for kind in LOG_TYPES if kind not in enabled]
    if missing:
        yield f"log types are off: {', '.join(missing)}"


@rule(
    "sec-05",
    on=(tokens.EKS_CLUSTER, tokens.EKS_NODE_GROUP),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="After standard support a cluster costs six times as much, a year later AWS upgrades it by force; old nodes lose the API.",
    fix="Set version to a minor of the catalogue in standard support, on the cluster first, on node groups next.",
    controls=("fsbp:EKS.2", "pci-dss-4.0:6.3.3"),
    settings=("max_node_skew",),
    bad=(
        {},
        {"version": "1.28"},
        example(
            resource(tokens.EKS_NODE_GROUP, {"clusterName": "${cluster.name}", "version": "1.36"}),
            cluster=resource(tokens.EKS_CLUSTER, {"version": "1.35"}),
        ),
        example(resource(tokens.EKS_NODE_GROUP, {"clusterName": "blue", "version": "1.30"})),
    ),
    good=(
        {"version": "1.35"},
        example(
            resource(tokens.EKS_NODE_GROUP, {"clusterName": "${cluster.name}", "version": "1.34"}),
            cluster=resource(tokens.EKS_CLUSTER, {"version": "1.36"}),
        ),
        example(
            resource(tokens.EKS_NODE_GROUP, {"clusterName": "${cluster.name}"}), cluster=resource(tokens.EKS_CLUSTER, {"version": "1.35"})
        ),
    ),
)
def kubernetes_version_is_supported(subject: Subject) -> Iterator[str]:
    version = subject.properties.text("version")
    if not version:
        if subject.resource.type == tokens.EKS_CLUSTER:  # a node group takes its cluster's
            yield "the version is left to AWS"
        return
    yield from _support(version, subject)
    for cluster in subject.referents("clusterName", tokens.EKS_CLUSTER):
        if control_plane := cluster.properties.text("version"):
            yield from _skew(version, control_plane, subject.settings.max_node_skew)


def _support(version: str, subject: Subject) -> Iterator[str]:
    known = catalog.eks_versions()
    if version not in known:
        yield f"Kubernetes {version} is not among {', '.join(sorted(known))}"
    elif (end := known[version].end_of_standard_support) < subject.today:
        yield f"Kubernetes {version} left standard support on {end}"


def _skew(nodes: str, control_plane: str, allowed: int) -> Iterator[str]:
    lag = _minor(control_plane) - _minor(nodes)
    if not 0 <= lag <= allowed:
        yield f"nodes run {nodes} under a control plane of {control_plane}: none to {allowed} minors behind is allowed"


def _minor(version: str) -> int:
    return int(version.split(".")[1])


@rule(
    "sec-06",
    on=(tokens.EKS_CLUSTER,),
    severity=Severity.HIGH,
    why="The aws-auth config map is edited inside the cluster, past IAM and its audit log; the creator's hidden admin right stays on.",
    fix='Set access_config.authentication_mode="API" and bootstrap_cluster_creator_admin_permissions=False; grant by access entries.',
    controls=("cis-eks-1.4:5.5.1",),
    bad=(
        {},
        {"accessConfig": {"authenticationMode": "API"}},
        {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False}},
    ),
    good=({"accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}},),
)
def cluster_access_is_granted_by_entries_only(cluster: Subject) -> Iterator[str]:
    access = cluster.properties.section("accessConfig")
    if access.flag("bootstrapClusterCreatorAdminPermissions", default=True):
        yield "whoever creates the cluster becomes its administrator"
    if (mode := access.text("authenticationMode", "CONFIG_MAP")) != "API":
        yield f"authentication mode is {mode}"
