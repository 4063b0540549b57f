"""The security pack, for `pulumi preview --policy-pack policies/security`."""

from policies.core.pack import serve

serve("security")
