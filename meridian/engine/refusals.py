"""What the Pulumi CLI refuses, in one line each: what is wrong, and what to do."""

import re
from dataclasses import dataclass


class EngineFailed(Exception):
    """A command of the CLI ended with an error; the message is what it said."""


class EngineRefused(EngineFailed):
    """The CLI cannot do what was asked for a reason that is known; the message is one line with the remedy."""


@dataclass(frozen=True)
class Refusal:
    """One reason, as the CLI words it (3.260: pkg/backend, pkg/secrets, sdk/go/common/workspace)."""

    said: str
    """Pattern over everything the CLI printed; its groups are the words of `line`."""
    line: str
    """Message; `{stack}` is the stack's name."""


REFUSALS = (
    Refusal(
        r"(?s)stack is currently locked by \d+ lock\(s\).*?\.json[^\n]*?: created by (?P<who>[^\n]+)",
        "{stack}: the stack is locked by {who}: wait for that update; if its process is gone, free it with `pulumi cancel --stack {stack}`",
    ),
    Refusal(
        r"incorrect passphrase|passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
        "{stack}: the passphrase does not open the stack's secrets: set PULUMI_CONFIG_PASSPHRASE (or _FILE) to the one it was made with",
    ),
    Refusal(
        r"no resource plugin '(?:pulumi-resource-)?(?P<name>[\w-]+)' found",
        "{stack}: plugin '{name}' is missing: install it with `pulumi install`, which asks the program for the version",
    ),
    Refusal(
        r"violates plan: (?P<what>[^\n]+)",
        "{stack}: the plan no longer fits the program, {what}: preview again and save a new plan",
    ),
    Refusal(
        r"unable to (?:open|check if) [^\n]*?\"(?P<where>[^\"]+)\"[^\n]*?: (?P<what>[^:\n]+)(?=\n|$)",
        "{stack}: the backend {where} cannot be reached, {what}: check PULUMI_BACKEND_URL, the network and the credentials for it",
    ),
    Refusal(
        r"(?:get credentials: |missing google credentials: |azureblob: )(?P<what>[^,\n]+)",
        "{stack}: the backend asks for credentials, {what}: set those of the account that holds the state",
    ),
    Refusal(
        r"(?:\.pulumi/|/api/|list bucket)[^\n]*?"
        r"(?P<what>no such host|connection refused|i/o timeout|[Aa]ccess ?[Dd]enied|NoSuchBucket|[Ff]orbidden)",
        "{stack}: the backend cannot be reached, {what}: check PULUMI_BACKEND_URL, the network and the credentials for it",
    ),
    Refusal(
        r"PULUMI_ACCESS_TOKEN must be set",
        "{stack}: nobody is logged in to the backend: run `pulumi login`, or set PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN",
    ),
    Refusal(
        r"no stack named '(?P<name>[^']+)' found",
        "{stack}: the backend has no such stack: make it with `pulumi stack init {stack}`, or name the right backend",
    ),
)
"""In the order they are tried: the first that fits is told."""


def refusal(output: str, stack: str) -> EngineRefused | None:
    """The known reason why the CLI printed this, if there is one."""
    for each in REFUSALS:
        if found := re.search(each.said, output):
            return EngineRefused(each.line.format(stack=stack, **found.groupdict()))
    return None
