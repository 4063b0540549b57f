"""The cost pack, for `pulumi preview --policy-pack policies/cost`."""

from policies.core.pack import serve

serve("cost")
