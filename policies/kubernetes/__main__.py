"""The Kubernetes pack, for `pulumi preview --policy-pack policies/kubernetes`."""

from policies.core.pack import serve

serve("kubernetes")
