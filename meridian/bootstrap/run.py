"""Looks at every part in turn, and mends it where that is asked for."""

from collections.abc import Iterator

from meridian.bootstrap.bucket import StateBucket
from meridian.bootstrap.keys import Key
from meridian.bootstrap.role import DeployRole, IdentityProvider
from meridian.bootstrap.site import Site
from meridian.bootstrap.thing import Clients, Difference, Thing, refuse_wrong_account


def bootstrap(site: Site, clients: Clients, *, apply: bool) -> tuple[Difference, ...]:
    """What is not as it should be, all of it before the first change; with `apply` it is mended then. A second run finds nothing.

    Raises:
        CannotBootstrap: wrong account, or something of ours by name is somebody else's.
        botocore.exceptions.ClientError: AWS refuses.
    """
    refuse_wrong_account(clients, site)
    found = [(thing, tuple(thing.differences())) for thing in _things(site, clients)]
    if apply:
        for thing, differences in found:
            if differences:
                thing.mend()
    return tuple(difference for _, differences in found for difference in differences)


def _things(site: Site, clients: Clients) -> Iterator[Thing]:
    """In the order they need each other."""
    state = Key(site, clients, site.state_alias, f"State of Pulumi stack {site.stack}")
    yield state
    yield Key(site, clients, site.secrets_alias, f"Secrets in the state of Pulumi stack {site.stack}")
    yield StateBucket(site, clients, state)
    yield IdentityProvider(site, clients)
    yield DeployRole(site, clients)
