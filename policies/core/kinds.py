"""Type tokens of Kubernetes kinds, every group and version of them: `kubernetes:<group>/<version>:<Kind>`.

A test compares the built-in ones with the SDK, and custom ones with their CRDs.
"""

Tokens = tuple[str, ...]


def _tokens(kind: str, *versions: str) -> Tokens:
    return tuple(f"kubernetes:{version}:{kind}" for version in versions)


def with_patches(tokens: Tokens) -> Tokens:
    """The kinds and their Patch twins, which name only the fields that they change: for rules about what is said, not about what is not."""
    return (*tokens, *(f"{token}Patch" for token in tokens))


def lists(tokens: Tokens) -> Tokens:
    """The lists of the kinds, whose objects lie below `items`."""
    return tuple(f"{token}List" for token in tokens)


CRON_JOB = _tokens("CronJob", "batch/v1", "batch/v1beta1", "batch/v2alpha1")
DAEMON_SET = _tokens("DaemonSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
DEPLOYMENT = _tokens("Deployment", "apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1")
JOB = _tokens("Job", "batch/v1")
POD = _tokens("Pod", "core/v1")
POD_TEMPLATE = _tokens("PodTemplate", "core/v1")
REPLICA_SET = _tokens("ReplicaSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
REPLICATION_CONTROLLER = _tokens("ReplicationController", "core/v1")
STATEFUL_SET = _tokens("StatefulSet", "apps/v1", "apps/v1beta1", "apps/v1beta2")

CONFIG_MAP = _tokens("ConfigMap", "core/v1")
HORIZONTAL_POD_AUTOSCALER = _tokens(
    "HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta1", "autoscaling/v2beta2"
)
NAMESPACE = _tokens("Namespace", "core/v1")
INGRESS = _tokens("Ingress", "networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")
NETWORK_POLICY = _tokens("NetworkPolicy", "networking.k8s.io/v1", "extensions/v1beta1")
POD_DISRUPTION_BUDGET = _tokens("PodDisruptionBudget", "policy/v1", "policy/v1beta1")
SECRET = _tokens("Secret", "core/v1")
SERVICE = _tokens("Service", "core/v1")
SERVICE_ACCOUNT = _tokens("ServiceAccount", "core/v1")
STORAGE_CLASS = _tokens("StorageClass", "storage.k8s.io/v1", "storage.k8s.io/v1beta1")

_RBAC = tuple(f"rbac.authorization.k8s.io/{version}" for version in ("v1", "v1alpha1", "v1beta1"))
CLUSTER_ROLE = _tokens("ClusterRole", *_RBAC)
CLUSTER_ROLE_BINDING = _tokens("ClusterRoleBinding", *_RBAC)
ROLE = _tokens("Role", *_RBAC)
ROLE_BINDING = _tokens("RoleBinding", *_RBAC)

BUILT_IN = (
    *(CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, POD, POD_TEMPLATE, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET),
    *(CONFIG_MAP, HORIZONTAL_POD_AUTOSCALER, INGRESS, NAMESPACE, NETWORK_POLICY, POD_DISRUPTION_BUDGET),
    *(SECRET, SERVICE, SERVICE_ACCOUNT, STORAGE_CLASS, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING),
)
"""All of the above."""

ROLLOUT = _tokens("Rollout", "argoproj.io/v1alpha1")
FLINK_DEPLOYMENT = _tokens("FlinkDeployment", "flink.apache.org/v1beta1")
INFERENCE_SERVICE = _tokens("InferenceService", "serving.kserve.io/v1beta1")
LEADER_WORKER_SET = _tokens("LeaderWorkerSet", "leaderworkerset.x-k8s.io/v1")
RAY_CLUSTER = _tokens("RayCluster", "ray.io/v1", "ray.io/v1alpha1")
RAY_JOB = _tokens("RayJob", "ray.io/v1", "ray.io/v1alpha1")
RAY_SERVICE = _tokens("RayService", "ray.io/v1", "ray.io/v1alpha1")
SCALED_JOB = _tokens("ScaledJob", "keda.sh/v1alpha1")
SERVING_RUNTIME = _tokens("ServingRuntime", "serving.kserve.io/v1alpha1")

CLICKHOUSE = _tokens("ClickHouseInstallation", "clickhouse.altinity.com/v1")
CLICKHOUSE_KEEPER = _tokens("ClickHouseKeeperInstallation", "clickhouse-keeper.altinity.com/v1")
GATEWAY = _tokens("Gateway", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1")
HTTP_ROUTE = _tokens("HTTPRoute", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1beta1")
ISTIO_GATEWAY = _tokens("Gateway", *(f"networking.istio.io/{version}" for version in ("v1", "v1beta1", "v1alpha3")))
AUTHORIZATION_POLICY = _tokens("AuthorizationPolicy", "security.istio.io/v1", "security.istio.io/v1beta1")
DESTINATION_RULE = _tokens("DestinationRule", *(f"networking.istio.io/{version}" for version in ("v1", "v1beta1", "v1alpha3")))
PEER_AUTHENTICATION = _tokens("PeerAuthentication", "security.istio.io/v1", "security.istio.io/v1beta1")
REQUEST_AUTHENTICATION = _tokens("RequestAuthentication", "security.istio.io/v1", "security.istio.io/v1beta1")
SIDECAR = _tokens("Sidecar", *(f"networking.istio.io/{version}" for version in ("v1", "v1beta1", "v1alpha3")))
VIRTUAL_SERVICE = _tokens("VirtualService", *(f"networking.istio.io/{version}" for version in ("v1", "v1beta1", "v1alpha3")))
KAFKA = _tokens("Kafka", "kafka.strimzi.io/v1")
KARPENTER_NODE_POOL = _tokens("NodePool", "karpenter.sh/v1")
POSTGRESQL_SCHEDULED_BACKUP = _tokens("ScheduledBackup", "postgresql.cnpg.io/v1")
TIDB_BACKUP = _tokens("Backup", "pingcap.com/v1alpha1")
TIDB_BACKUP_SCHEDULE = _tokens("BackupSchedule", "pingcap.com/v1alpha1")
TIDB_CLUSTER = _tokens("TidbCluster", "pingcap.com/v1alpha1")
TIDB_RESTORE = _tokens("Restore", "pingcap.com/v1alpha1")
VELERO_BACKUP = _tokens("Backup", "velero.io/v1")
VELERO_SCHEDULE = _tokens("Schedule", "velero.io/v1")

BARMAN_OBJECT_STORE = _tokens("ObjectStore", "barmancloud.cnpg.io/v1")
MIRROR_MAKER = _tokens("KafkaMirrorMaker2", "kafka.strimzi.io/v1")
POSTGRESQL_CLUSTER = _tokens("Cluster", "postgresql.cnpg.io/v1")
SERVICE_ENTRY = _tokens("ServiceEntry", "networking.istio.io/v1", "networking.istio.io/v1alpha3", "networking.istio.io/v1beta1")
VELERO_LOCATION = _tokens("BackupStorageLocation", "velero.io/v1")
VELERO_SNAPSHOT_LOCATION = _tokens("VolumeSnapshotLocation", "velero.io/v1")

CUSTOM = (
    *(ROLLOUT, FLINK_DEPLOYMENT, INFERENCE_SERVICE, LEADER_WORKER_SET, RAY_CLUSTER, RAY_JOB, RAY_SERVICE, SCALED_JOB, SERVING_RUNTIME),
    *(CLICKHOUSE, CLICKHOUSE_KEEPER, KAFKA, KARPENTER_NODE_POOL, POSTGRESQL_SCHEDULED_BACKUP),
    *(TIDB_BACKUP, TIDB_BACKUP_SCHEDULE, TIDB_CLUSTER, TIDB_RESTORE, VELERO_BACKUP, VELERO_SCHEDULE),
    *(GATEWAY, HTTP_ROUTE, ISTIO_GATEWAY, AUTHORIZATION_POLICY, DESTINATION_RULE, PEER_AUTHENTICATION, REQUEST_AUTHENTICATION),
    *(SIDECAR, VIRTUAL_SERVICE),
    *(BARMAN_OBJECT_STORE, MIRROR_MAKER, POSTGRESQL_CLUSTER, SERVICE_ENTRY, VELERO_LOCATION, VELERO_SNAPSHOT_LOCATION),
)
"""All custom ones."""

HELM_RELEASE = _tokens("Release", "helm.sh/v3")
"""Not a Kubernetes object but the provider's own resource: what a chart makes of its values stays invisible to rules."""
