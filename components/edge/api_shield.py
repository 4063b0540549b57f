"""API Shield: requests must fit the API's own description and carry a valid token, before they reach an origin."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field, model_validator

from components.base import Component, Spec
from components.edge.regional import host_faults
from components.edge.site import EdgeSite

ROOT = Path(__file__).parents[2]
"""The project's folder, which schema files are named from."""


class Mitigation(StrEnum):
    """What happens to a request that does not fit."""

    BLOCK = "block"
    LOG = "log"


class SessionPlace(StrEnum):
    """Where a request says whose it is."""

    HEADER = "header"
    COOKIE = "cookie"


class Algorithm(StrEnum):
    """Signatures of tokens that Cloudflare checks."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"


class TokenKeySpec(Spec):
    """Knobs of a key that tokens are signed with, as in RFC 7517: `n` and `e` of an RSA key, `x` and `y` of an elliptic one."""

    algorithm: Algorithm
    """Signature."""
    n: str | None = None
    """Modulus, base64url."""
    e: str | None = None
    """Exponent, base64url."""
    x: str | None = None
    """First coordinate, base64url."""
    y: str | None = None
    """Second coordinate, base64url."""

    @property
    def elliptic(self) -> bool:
        """Whether it is a key on a curve."""
        return self.algorithm.startswith("ES")

    @model_validator(mode="after")
    def _parts(self) -> "TokenKeySpec":
        needed, other = (("x", "y"), ("n", "e")) if self.elliptic else (("n", "e"), ("x", "y"))
        if None in (getattr(self, part) for part in needed) or any(getattr(self, part) for part in other):
            raise ValueError(f"{self.algorithm}: a key of that kind has {' and '.join(needed)}, and neither {' nor '.join(other)}")
        return self


class TokensSpec(Spec):
    """Knobs of the check of JSON Web Tokens."""

    header: str = Field(default="authorization", pattern=r"[a-z0-9-]+")
    """Header that carries the token, in small letters."""
    keys: Mapping[str, TokenKeySpec] = Field(min_length=1, max_length=4)
    """Key id -> key; two while one takes over from the other."""
    hosts: tuple[str, ...] = Field(min_length=1)
    """Host names whose saved operations need a token."""
    mitigation: Mitigation = Mitigation.BLOCK
    """What happens to a request without a valid one."""


class ApiShieldSpec(Spec):
    """Knobs of API Shield."""

    schemas: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Name of an API -> its OpenAPI 3.0 file, from the project's folder; requests that do not fit it are refused."""
    mitigation: Mitigation = Mitigation.BLOCK
    """What happens to those."""
    sessions: Mapping[str, SessionPlace] = Field(default_factory=dict[str, SessionPlace])
    """Name of a header or cookie -> which of the two it is; tells Cloudflare's statistics one client from the other."""
    tokens: TokensSpec | None = None
    """Check of tokens at the edge; none leaves it to the mesh, which checks them anyway."""


def api_shield_faults(spec: ApiShieldSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each knob that the plan refuses, schema file that is not there, and host name outside the zone."""
    if len(spec.schemas) > (most := site.limit("api-shield.schemas")):
        yield f"schemas: {len(spec.schemas)}: plan {site.plan} takes {most}"
    for name, path in spec.schemas.items():
        if not re.fullmatch(r"[\w./-]+\.(yaml|yml|json)", path) or ".." in path or not (ROOT / path).is_file():
            yield f"schemas.{name}: {path}: a .yaml or .json file within the project"
    if spec.schemas and spec.mitigation is Mitigation.LOG and (lacking := site.lacks("api-shield.log")):
        yield f"mitigation: log: {lacking}"
    for knob, used in {"sessions": spec.sessions, "tokens": spec.tokens}.items():
        if used and (lacking := site.lacks("api-shield")):
            yield f"{knob}: {lacking}"
    if spec.tokens:
        yield from host_faults(site, "tokens.hosts", spec.tokens.hosts)


@dataclass(frozen=True, kw_only=True)
class ApiShieldArgs:
    """Wires of an ApiShield."""

    spec: ApiShieldSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""


class ApiShield(Component, token="meridian:edge:ApiShield"):
    """Schemas with what happens to requests that break them, session identifiers, and the check of tokens.

    Raises:
        ValueError: the plan refuses a knob, a schema file is not there, or a host is of another zone.
    """

    schema_names: list[str]
    """APIs whose requests are held against a schema."""

    def __init__(self, name: str, args: ApiShieldArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        if faults := list(api_shield_faults(spec, args.site)):
            raise ValueError(f"API shield '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self._name, self._zone = name, args.site.zone_id
        if spec.schemas:
            self._schemas(spec)
        if spec.sessions:
            places = [cloudflare.ApiShieldAuthIdCharacteristicArgs(name=key, type=place.value) for key, place in spec.sessions.items()]
            cloudflare.ApiShield(f"{name}-sessions", zone_id=self._zone, auth_id_characteristics=places, opts=self.child)
        if spec.tokens:
            self._tokens(spec.tokens)
        self.schema_names = sorted(spec.schemas)
        self._seal()

    def _schemas(self, spec: ApiShieldSpec) -> None:
        uploaded = [
            cloudflare.SchemaValidationSchemas(
                f"{self._name}-{name}-schema",
                zone_id=self._zone,
                name=name,
                kind="openapi_v3",
                source=(ROOT / path).read_text(encoding="utf-8"),
                validation_enabled=True,
                opts=self.child,
            )
            for name, path in spec.schemas.items()
        ]
        cloudflare.SchemaValidationSettings(
            f"{self._name}-validation",
            zone_id=self._zone,
            validation_default_mitigation_action=spec.mitigation.value,
            opts=self.after(*uploaded),
        )

    def _tokens(self, spec: TokensSpec) -> None:
        config = cloudflare.TokenValidationConfig(
            f"{self._name}-tokens",
            zone_id=self._zone,
            title="Access tokens",
            description="Public keys of who issues access tokens",
            token_type="JWT",
            token_sources=[f'http.request.headers["{spec.header}"][0]'],
            credentials=cloudflare.TokenValidationConfigCredentialsArgs(keys=[_key(kid, key) for kid, key in spec.keys.items()]),
            opts=self.child,
        )
        cloudflare.TokenValidationRules(
            f"{self._name}-token-rule",
            zone_id=self._zone,
            title="Access tokens",
            description="Saved operations need a valid token",
            action=spec.mitigation.value,
            enabled=True,
            expression=config.id.apply(lambda identifier: f'is_jwt_valid("{identifier}")'),
            selector=cloudflare.TokenValidationRulesSelectorArgs(
                includes=[cloudflare.TokenValidationRulesSelectorIncludeArgs(hosts=list(spec.hosts))]
            ),
            opts=self.child,
        )


def _key(identifier: str, key: TokenKeySpec) -> cloudflare.TokenValidationConfigCredentialsKeyArgs:
    curve = {Algorithm.ES256: "P-256", Algorithm.ES384: "P-384"}.get(key.algorithm)
    return cloudflare.TokenValidationConfigCredentialsKeyArgs(
        kid=identifier,
        alg=key.algorithm.value,
        kty="EC" if key.elliptic else "RSA",
        crv=curve,
        n=key.n,
        e=key.e,
        x=key.x,
        y=key.y,
    )
