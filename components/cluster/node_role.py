"""The IAM role of nodes: what kubelet, the image puller and Session Manager need, and nothing for pods."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
"""EC2 hands the role to its instances."""

POLICIES = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "images": "AmazonEC2ContainerRegistryPullOnly",
    "sessions": "AmazonSSMManagedInstanceCore",
}
"""AWS managed policies by purpose. The CNI's is missing: the add-on has an identity of its own (EKS best practices, IAM). Session Manager
is the only way onto a node, as none has an SSH key."""


@dataclass(frozen=True, kw_only=True)
class NodeRoleArgs:
    """Wires of a NodeRole."""

    role_name: str | None = None
    """Physical name where an IAM document must name the role before it exists; otherwise generated."""


class NodeRole(Component, token="meridian:cluster:NodeRole"):
    """A role for EC2 instances that join a cluster."""

    arn: pulumi.Output[str]
    """ARN of the role."""
    name: pulumi.Output[str]
    """Name of the role."""

    def __init__(self, name: str, args: NodeRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        role = aws.iam.Role(name, name=args.role_name, assume_role_policy=pulumi.Output.json_dumps(TRUST), opts=self.child)
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{purpose}", role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=self.child
            )
            for purpose, policy in POLICIES.items()
        ]
        self.resources: tuple[pulumi.Resource, ...] = (role, *attachments)
        self.arn, self.name = role.arn, role.name
        self._seal()
