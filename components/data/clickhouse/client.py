"""Pods that run a script by clickhouse-client: configuration, scripts and the pod itself."""

from collections.abc import Mapping
from typing import Any

import pulumi_kubernetes as kubernetes

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.contract import CERTIFICATES_PATH, CLIENT_CONFIG, SERVER_CERTIFICATE, USERS_SECRET, Port
from components.data.clickhouse.files import tls
from components.data.clickhouse.pods import IMAGE, USER

CONFIG_KEY = "client.xml"
"""Key of clickhouse-client's configuration in `CLIENT_CONFIG`."""
CONFIG_PATH = "/etc/meridian"
"""Where `CLIENT_CONFIG` is mounted."""
PASSWORD_PATH = "/etc/clickhouse-password"
"""Where the user's password is mounted: the pod says where it is, not what (Kubernetes, good practices for Secrets)."""
AUTHORITY_ONLY = "ca.crt"
"""The one key of the servers' certificate that a client needs: not the servers' private key."""


def client_config() -> str:
    """Configuration of clickhouse-client: TLS, the authority, and user and password from the environment.

    The password stands in no command line, where every process of the node could read it.
    """
    inner = tls("client").removeprefix("<clickhouse>").removesuffix("</clickhouse>")
    return (
        f'<config><user from_env="CLICKHOUSE_USER"/><password from_env="CLICKHOUSE_PASSWORD"/>'
        f"<port>{int(Port.NATIVE)}</port><secure>1</secure>{inner}</config>"
    )


def script_pod(
    version: str, key: str, *, user: str, variables: Mapping[str, str], nodes: NodeGroup
) -> kubernetes.core.v1.PodTemplateSpecArgs:
    """Pod template that runs one key of `CLIENT_CONFIG` in bash, as a user of ClickHouse."""
    return kubernetes.core.v1.PodTemplateSpecArgs(
        spec=kubernetes.core.v1.PodSpecArgs(
            node_selector=nodes.node_selector,
            tolerations=[_toleration(toleration) for toleration in nodes.tolerations],
            restart_policy="Never",
            automount_service_account_token=False,
            security_context=kubernetes.core.v1.PodSecurityContextArgs(
                run_as_user=USER,
                run_as_group=USER,
                fs_group=USER,
                run_as_non_root=True,
                seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
            ),
            containers=[_container(version, key, user, variables)],
            volumes=[
                kubernetes.core.v1.VolumeArgs(
                    name="authority",
                    secret=kubernetes.core.v1.SecretVolumeSourceArgs(
                        secret_name=SERVER_CERTIFICATE,
                        items=[kubernetes.core.v1.KeyToPathArgs(key=AUTHORITY_ONLY, path=AUTHORITY_ONLY)],
                    ),
                ),
                kubernetes.core.v1.VolumeArgs(
                    name="password",
                    secret=kubernetes.core.v1.SecretVolumeSourceArgs(
                        secret_name=USERS_SECRET, items=[kubernetes.core.v1.KeyToPathArgs(key=user, path=user)]
                    ),
                ),
                kubernetes.core.v1.VolumeArgs(name="scratch", empty_dir=kubernetes.core.v1.EmptyDirVolumeSourceArgs(size_limit="64Mi")),
                kubernetes.core.v1.VolumeArgs(name="scripts", config_map=kubernetes.core.v1.ConfigMapVolumeSourceArgs(name=CLIENT_CONFIG)),
            ],
        )
    )


def _container(version: str, key: str, user: str, variables: Mapping[str, str]) -> kubernetes.core.v1.ContainerArgs:
    plain = {**variables, "CLIENT_CONFIG": f"{CONFIG_PATH}/{CONFIG_KEY}", "CLICKHOUSE_USER": user}
    paths = {"authority": CERTIFICATES_PATH, "password": PASSWORD_PATH, "scripts": CONFIG_PATH}
    mounts = [kubernetes.core.v1.VolumeMountArgs(name=name, mount_path=path, read_only=True) for name, path in paths.items()]
    return kubernetes.core.v1.ContainerArgs(
        name="clickhouse-client",
        image=f"{IMAGE}:{version}",
        command=["bash", "-c", f'export CLICKHOUSE_PASSWORD="$(< {PASSWORD_PATH}/{user})" && exec bash "$0"', f"{CONFIG_PATH}/{key}"],
        env=[kubernetes.core.v1.EnvVarArgs(name=name, value=value) for name, value in plain.items()],
        resources=kubernetes.core.v1.ResourceRequirementsArgs(requests={"cpu": "100m", "memory": "256Mi"}, limits={"memory": "1Gi"}),
        security_context=kubernetes.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=kubernetes.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[*mounts, kubernetes.core.v1.VolumeMountArgs(name="scratch", mount_path="/tmp")],
    )


def _toleration(row: Mapping[str, Any]) -> kubernetes.core.v1.TolerationArgs:
    return kubernetes.core.v1.TolerationArgs(**row)
