"""Just enough of a Kubernetes client: discovery, server-side apply, dry-run create, all with strict field validation."""

import http.client
import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

SECONDS_TO_ANSWER = 60
BAD_REQUEST = 400
APPLY = "application/apply-patch+yaml"

Manifest: TypeAlias = Mapping[str, Any]


class Refused(Exception):
    """The server's own words on why it does not take an object."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server answered."""

    status: int
    body: Mapping[str, Any]
    warnings: tuple[str, ...]

    @property
    def refused(self) -> bool:
        return self.status >= BAD_REQUEST

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


@dataclass(kw_only=True)
class Client:
    """Talks to one API server."""

    port: int
    context: ssl.SSLContext
    token: str
    _kinds: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)
    """apiVersion -> kind -> (plural, whether it lives in a namespace)."""

    def ask(self, method: str, path: str, body: Manifest | None = None, content: str = "application/json", **query: str) -> Answer:
        """One request, on a connection of its own."""
        with closing(http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=SECONDS_TO_ANSWER)) as connection:
            connection.request(
                method,
                f"{path}?{urlencode(query)}",
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"Bearer {self.token}", "Content-Type": content, "Accept": "application/json"},
            )
            response = connection.getresponse()
            text = response.read()
            warnings = tuple(map(_warning, response.headers.get_all("Warning", ())))
            is_json = response.headers.get_content_type() == "application/json"
            answered = json.loads(text) if is_json else {"message": text.decode(errors="replace")}
            return Answer(status=response.status, body=answered, warnings=warnings)

    def ready(self) -> bool:
        """Whether the server has finished starting."""
        try:
            return not self.ask("GET", "/readyz").refused
        except (OSError, http.client.HTTPException):
            return False

    def kind(self, manifest: Manifest) -> tuple[str, bool] | None:
        """Plural, and whether the kind lives in a namespace; None while the server does not serve it."""
        version = str(manifest["apiVersion"])
        if manifest["kind"] not in self._kinds.get(version, {}):
            served = self.ask("GET", _root(version)).body.get("resources", ())
            self._kinds[version] = {row["kind"]: (row["name"], row["namespaced"]) for row in served if "/" not in row["name"]}
        return self._kinds[version].get(str(manifest["kind"]))

    def apply(self, manifest: Manifest, manager: str, *, dry_run: bool = False) -> Answer:
        """Server-side apply as `pulumi up` does it: each resource owns its fields, and takes none from another.

        Raises:
            Refused: in the server's words, one reason a line.
        """
        path = f"{self._collection(manifest)}/{quote(str(manifest['metadata']['name']), safe='')}"
        trial = {"dryRun": "All"} if dry_run else {}
        answer = self.ask("PATCH", path, manifest, APPLY, fieldManager=manager, fieldValidation="Strict", **trial)
        if answer.refused:
            raise Refused("\n".join(dict.fromkeys([answer.message, *self._more_reasons(manifest)])))
        return answer

    def _more_reasons(self, manifest: Manifest) -> list[str]:
        """Apply stops at the first unknown field. Create names all of them, and, told to ignore those, what else is wrong."""
        answers = [
            self.ask("POST", self._collection(manifest), manifest, dryRun="All", fieldValidation=how) for how in ("Strict", "Ignore")
        ]
        return [answer.message for answer in answers if answer.refused and answer.body.get("reason") != "AlreadyExists"]

    def _collection(self, manifest: Manifest) -> str:
        found = self.kind(manifest)
        if found is None:
            raise Refused(f"{manifest['apiVersion']} {manifest['kind']}: the server does not serve this kind")
        plural, namespaced = found
        inside = f"/namespaces/{manifest['metadata'].get('namespace', 'default')}" if namespaced else ""
        return f"{_root(str(manifest['apiVersion']))}{inside}/{plural}"


def _warning(header: str) -> str:
    """`299 - "text"` -> text (RFC 7234, section 5.5)."""
    return header.removeprefix("299 - ")[1:-1].replace('\\"', '"')


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
