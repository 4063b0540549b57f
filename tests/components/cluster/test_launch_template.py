"""Launch templates of node groups: what AWS's and CIS's guidance asks of every instance, read from what is registered."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.cluster.launch_template import DiskSpec, volume_key_grant
from components.location import Location
from meridian.plan import Planned
from tests.components.cluster.surroundings import KEY, TAGS, region_plan

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def template(**knobs: Any) -> Planned:
    return region_plan(lambda region: region.node_group(**knobs)).find(TEMPLATE, "system-template")


def test_metadata_needs_a_token_and_stays_on_the_node() -> None:
    assert template().inputs["metadataOptions"] == {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}


def test_the_volume_is_encrypted_gp3_with_our_key() -> None:
    (device,) = template(disk={"size_gib": 200, "iops": 4000, "throughput": 500}).inputs["blockDeviceMappings"]
    assert device == {
        "deviceName": "/dev/xvda",
        "ebs": {
            "volumeType": "gp3",
            "volumeSize": 200,
            "iops": 4000,
            "throughput": 500,
            "encrypted": "true",
            "kmsKeyId": KEY,
            "deleteOnTermination": "true",
        },
    }


def test_bottlerocket_keeps_its_system_apart_from_images() -> None:
    system, data = template(system="bottlerocket", disk={"size_gib": 150}).inputs["blockDeviceMappings"]
    assert (system["deviceName"], system["ebs"]["volumeSize"]) == ("/dev/xvda", 4)
    assert (data["deviceName"], data["ebs"]["volumeSize"]) == ("/dev/xvdb", 150)
    assert all(device["ebs"]["encrypted"] == "true" and device["ebs"]["kmsKeyId"] == KEY for device in (system, data))


def test_no_public_address_no_key_no_image() -> None:
    made = template()
    (interface,) = made.inputs["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert not {"keyName", "imageId", "instanceType", "iamInstanceProfile", "vpcSecurityGroupIds"} & set(made.inputs)


def test_the_interface_is_in_the_cluster_security_group() -> None:
    plan = region_plan(lambda region: region.node_group())
    cluster = plan.of_type("aws:eks/cluster:Cluster")[0]
    made = plan.find(TEMPLATE, "system-template")
    assert cluster.urn in made.property_dependencies["networkInterfaces"]
    assert len(made.inputs["networkInterfaces"][0]["securityGroups"]) == 1


def test_everything_started_is_tagged_and_watched() -> None:
    made = template()
    specifications = {row["resourceType"]: row["tags"] for row in made.inputs["tagSpecifications"]}
    assert set(specifications) == {"instance", "volume", "network-interface"}
    assert all(tags == {**TAGS, "Name": "meridian-test-system"} for tags in specifications.values())
    assert made.inputs["monitoring"] == {"enabled": True}
    assert made.inputs["updateDefaultVersion"] is True


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"size_gib": 20, "iops": 12000}, "iops: 12000 on 20 GiB"),
        ({"size_gib": 500, "throughput": 1000}, "set iops >= 4000"),
        ({"size_gib": 10}, "size_gib"),
        ({"size_gib": 100, "iops": 90000}, "iops"),
    ],
)
def test_what_gp3_cannot_do_is_refused(knobs: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DiskSpec.from_yaml(knobs)


def test_volume_key_opens_only_through_ec2_of_this_account_and_region() -> None:
    grant = volume_key_grant(Location(account_id="111122223333", region="eu-west-1"))
    assert grant["Condition"]["StringEquals"] == {"kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:CallerAccount": "111122223333"}
    assert "kms:CreateGrant" in grant["Action"]  # EC2 attaches encrypted volumes by grant (EC2 Auto Scaling user guide, key policy)
