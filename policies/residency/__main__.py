"""The residency pack, for `pulumi preview --policy-pack policies/residency`."""

from policies.core.pack import serve

serve("residency")
