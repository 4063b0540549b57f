"""Pods that operators make of custom resources: TiDB Operator 1.6, Altinity's operator 0.27, Istio's gateway controller 1.30.

Sources: TiDB Operator 1.6 API reference (topologySpreadConstraints are always DoNotSchedule, over the pods of one component) and its
`separateSlowLog` and `separateRocksDBLog`, which add a container that tails the log; Altinity's pkg/model/common/affinity (podDistribution
becomes anti-affinity over the labels of its scope); Istio's files/kube-gateway.yaml and waypoint.yaml. Read on 2026-11-20.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from meridian.analysis.pod import ANY, Pod, at
from meridian.plan import Plan, Planned

_TIDB = "kubernetes:pingcap.com/v1alpha1:TidbCluster"
_CLICKHOUSE = "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation"
_KEEPER = "kubernetes:clickhouse-keeper.altinity.com/v1:ClickHouseKeeperInstallation"
_GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"
_RELEASE = "kubernetes:helm.sh/v3:Release"
_QUORUMS = ("pd", "tikv")
"""Parts of TiDB that agree by Raft."""
_TAILED = {"tikv": ("logTailer", ("separateRocksDBLog", "separateRaftLog")), "tidb": ("slowLogTailer", ("separateSlowLog",))}
"""Part -> knob of the tailer's resources, and the switches each of which adds one."""
_PROXY = {"requests": {"cpu": "100m", "memory": "128Mi"}}
"""Requests of a gateway's only container (istiod's values, global.proxy.resources and global.waypoint.resources)."""
_LABELS = {"ClickHouseInstallation": ("chi",), "Cluster": ("chi", "cluster"), "Shard": ("chi", "cluster", "shard")}
"""Scope of a distribution -> labels that must be equal, beside the namespace."""


def pods(plan: Plan) -> Iterator[Pod]:
    """Pods of every custom resource of the Plan that an operator makes pods of."""
    for token, make in ((_TIDB, _tidb), (_KEEPER, _keeper), (_CLICKHOUSE, _clickhouse)):
        for resource in plan.of_type(token):
            yield from make(resource)
    for gateway in plan.of_type(_GATEWAY):
        yield from _gateway(gateway, _istiod(plan))


def _name(resource: Planned) -> tuple[str, str]:
    metadata = resource.inputs["metadata"]
    return str(metadata.get("name", resource.name)), str(metadata.get("namespace", "default"))


def _tidb(resource: Planned) -> Iterator[Pod]:
    (name, namespace), spec = _name(resource), resource.inputs["spec"]
    for part in (part for part in ("discovery", "pd", "tikv", "tiflash", "tidb", "ticdc", "tiproxy") if part in spec):
        knobs = spec[part]
        labels = {"app.kubernetes.io/name": "tidb-cluster", "app.kubernetes.io/instance": name, "app.kubernetes.io/component": part}
        placed = {key: knobs.get(key, spec.get(key)) for key in ("nodeSelector", "tolerations", "affinity")}
        spread = [
            {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **rule, "labelSelector": {"matchLabels": labels}}
            for rule in knobs.get("topologySpreadConstraints", spec.get("topologySpreadConstraints", ()))
        ]
        pod_spec = {**{key: value for key, value in placed.items() if value}, "containers": list(_tidb_containers(part, knobs))}
        for number in range(int(knobs.get("replicas", 1))):
            yield Pod(
                name=f"{name}-{part}-{number}",
                namespace=namespace,
                owner=resource.name,
                labels=labels,
                spec={**pod_spec, "topologySpreadConstraints": spread} if part != "discovery" else pod_spec,
                volume="storageClassName" in knobs,
                quorum=f"{name} {part}" if part in (*_QUORUMS, "tidb") else "",
                needs="majority" if part in _QUORUMS else ANY,
            )


def _tidb_containers(part: str, knobs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    own = {key: value for key, value in knobs.get("requests", {}).items() if key in {"cpu", "memory"}}
    yield {"name": part, "resources": {"requests": own}}
    tailer, switches = _TAILED.get(part, ("", ()))
    for switch in (switch for switch in switches if knobs.get(switch)):
        yield {"name": switch.lower(), "resources": knobs.get(tailer, {})}


def _keeper(resource: Planned) -> Iterator[Pod]:
    name, namespace = _name(resource)
    for cluster in resource.inputs["spec"]["configuration"]["clusters"]:
        template = _template(resource, "keeper")
        labels = {"clickhouse-keeper.altinity.com/chk": name, "clickhouse-keeper.altinity.com/cluster": cluster["name"]}
        for number in range(int(cluster["layout"]["replicasCount"])):
            yield Pod(
                name=f"chk-{name}-{cluster['name']}-0-{number}-0",
                namespace=namespace,
                owner=resource.name,
                labels=labels,
                spec=template["spec"],
                volume=True,
                quorum=f"{name} keeper",
            )


def _clickhouse(resource: Planned) -> Iterator[Pod]:
    name, namespace = _name(resource)
    template = _template(resource, "clickhouse")
    for cluster in resource.inputs["spec"]["configuration"]["clusters"]:
        layout = cluster["layout"]
        for shard in range(int(layout["shardsCount"])):
            for replica in range(int(layout["replicasCount"])):
                own = {"chi": name, "cluster": cluster["name"], "shard": str(shard), "replica": str(replica)}
                labels = {f"clickhouse.altinity.com/{key}": value for key, value in own.items()}
                yield Pod(
                    name=f"chi-{name}-{cluster['name']}-{shard}-{replica}-0",
                    namespace=namespace,
                    owner=resource.name,
                    labels=labels,
                    spec={**template["spec"], "affinity": {"podAntiAffinity": _apart(template, own)}},
                    volume=True,
                    quorum=f"{name} shard {shard}",
                    needs=ANY,
                )


def _template(resource: Planned, purpose: str) -> Mapping[str, Any]:
    templates = resource.inputs["spec"]["templates"]["podTemplates"]
    wanted = resource.inputs["spec"].get("defaults", {}).get("templates", {}).get("podTemplate", purpose)
    return next(template for template in templates if template["name"] == wanted)


def _apart(template: Mapping[str, Any], own: Mapping[str, str]) -> Mapping[str, Any]:
    """The anti-affinity that the operator makes of distributions; its own beside that of the template."""
    terms = [
        {
            "topologyKey": rule.get("topologyKey", "kubernetes.io/hostname"),
            "labelSelector": {"matchLabels": {f"clickhouse.altinity.com/{key}": own[key] for key in _LABELS[rule["scope"]]}},
        }
        for rule in template.get("podDistribution", ())
        if rule["type"].endswith("AntiAffinity")
    ]
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    written = template["spec"].get("affinity", {}).get("podAntiAffinity", {}).get(required, ())
    return {required: [*written, *terms]}


def _istiod(plan: Plan) -> Mapping[str, Any]:
    values: list[Mapping[str, Any]] = [
        release.inputs["values"] for release in plan.of_type(_RELEASE) if str(release.inputs["chart"]).endswith("istiod")
    ]
    return values[0] if values else {}


def _gateway(resource: Planned, istiod: Mapping[str, Any]) -> Iterator[Pod]:
    (name, namespace), kind = _name(resource), str(resource.inputs["spec"]["gatewayClassName"])
    told: Mapping[str, Any] = at(istiod, "gatewayClasses", kind) or {}
    placed: Mapping[str, Any] = at(told, "deployment", "spec", "template", "spec") or {}
    waypoint: Mapping[str, Any] = (at(istiod, "global", "waypoint") if kind == "istio-waypoint" else None) or {}
    replicas = int(at(told, "horizontalPodAutoscaler", "spec", "minReplicas") or 1)
    labels = {"gateway.networking.k8s.io/gateway-name": name, "gateway.networking.k8s.io/gateway-class-name": kind}
    for number in range(replicas):
        yield Pod(
            name=f"{name}-{kind}-{number}",
            namespace=namespace,
            owner=resource.name,
            labels=labels,
            spec={**waypoint, **placed, "containers": [{"name": "istio-proxy", "resources": waypoint.get("resources", _PROXY)}]},
        )
