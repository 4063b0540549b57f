"""The connector's pod: a dated image, on the nodes of the group it is given."""

from components.platform.cloudflared import Cloudflared, CloudflaredArgs, CloudflaredSpec
from components.platform.cloudflared_pod import GRACE_SECONDS, IMAGE
from tests.components.cluster.surroundings import Region, region_plan


def test_the_image_is_a_dated_release_of_the_vendor() -> None:
    repository, _, version = IMAGE.rpartition(":")
    assert repository == "docker.io/cloudflare/cloudflared"
    assert version == "2026.8.2"


def test_pods_go_where_the_group_is() -> None:
    def build(region: Region) -> None:
        Cloudflared("tunnel", CloudflaredArgs(spec=CloudflaredSpec(), cluster=region.cluster, nodes=region.node_group("edge")))

    pod = region_plan(build).find("kubernetes:apps/v1:Deployment", "tunnel").inputs["spec"]["template"]["spec"]
    assert list(pod["nodeSelector"].values()) == ["edge"]
    assert {"key": "CriticalAddonsOnly", "operator": "Exists"} in pod["tolerations"]


def test_no_service_links_and_no_token_in_the_environment() -> None:
    """Service links would put every Service's address into the environment of a pod that faces the world."""

    def build(region: Region) -> None:
        Cloudflared("tunnel", CloudflaredArgs(spec=CloudflaredSpec(), cluster=region.cluster, nodes=region.node_group()))

    pod = region_plan(build).find("kubernetes:apps/v1:Deployment", "tunnel").inputs["spec"]["template"]["spec"]
    assert pod["enableServiceLinks"] is False
    assert pod["terminationGracePeriodSeconds"] > GRACE_SECONDS == 30
