"""Where a component's resources live: known before anything is made, so that names and IAM documents are known in a preview."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Location:
    """One AWS region of one account, in the `aws` partition (all of Meridian's regions are)."""

    account_id: str
    """Twelve digits."""
    region: str
    """Region code, e.g. `eu-west-1`."""

    def arn(self, service: str, resource: str) -> str:
        """ARN of a regional resource, e.g. `arn("logs", "log-group:/aws/eks/*")`."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """ARN of an IAM resource, e.g. `iam_arn("role/deploy")`; IAM has no region."""
        return f"arn:aws:iam::{self.account_id}:{resource}"
