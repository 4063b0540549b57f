"""What can be tagged, after the SDK's own classes."""

import re
from pathlib import Path

import pulumi_aws

from policies.core.tagging import PACK, policy, taggable

REGISTERED = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
FOLDER = Path(pulumi_aws.__file__).parent


def test_taggable_types_are_those_of_the_sdk() -> None:
    """After an update of pulumi_aws: the difference is what belongs into taggable.yaml."""
    sources = (path.read_text() for path in FOLDER.rglob("*.py"))
    found = {match[1] for text in sources if '__props__.__dict__["tags"] = tags' in text and (match := REGISTERED.search(text))}
    assert taggable() ^ found == set()


def test_one_pack_alone_remediates() -> None:
    assert PACK == "residency"
    assert policy().has_remediation()
    assert not policy().has_validation()
