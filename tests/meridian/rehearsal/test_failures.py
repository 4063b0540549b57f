"""The pair that fails: the second cannot be made before the first."""

import pulumi_aws as aws
import pytest

from meridian.rehearsal.failures import troubled
from tests.deploy import deploy


def test_the_half_made_one_needs_the_refused_one() -> None:
    def network() -> None:
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        aws.kms.Key("alone")

    refused, half = troubled(deploy(network))
    assert (refused.name, half.name) == ("vpc", "subnet")


def test_without_dependencies_there_is_nothing_to_rehearse() -> None:
    with pytest.raises(LookupError, match="no resource needs another"):
        troubled(deploy(lambda: aws.kms.Key("alone")))
