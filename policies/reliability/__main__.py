"""The reliability pack, for `pulumi preview --policy-pack policies/reliability`."""

from policies.core.pack import serve

serve("reliability")
