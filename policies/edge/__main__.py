"""The edge pack, for `pulumi preview --policy-pack policies/edge`."""

from policies.core.pack import serve

serve("edge")
