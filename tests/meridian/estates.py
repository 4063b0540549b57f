"""An estate with a finding of each kind, for the tests of what is made of findings."""

from datetime import date

from meridian.analysis.verdicts import Verdicts, judged
from meridian.plan import SourceLine
from meridian.saved.estate import Estate
from policies.core.configuration import Configuration
from policies.core.resource import Resource
from policies.core.verdict import UNKNOWN
from policies.core.waivers import Waiver

TODAY = date(2026, 11, 20)
PARENT = "urn:pulumi:s::p::ours:a:Vault::vault"
WAIVER = Waiver(id="sec-37", urn="*waived*", reason="moves <b>soon</b>", owner="platform", ticket="OPS-1", expires=date(2026, 12, 1))


def key(name: str, rotation: object) -> Resource:
    urn = f"urn:pulumi:s::p::aws:kms/key:Key::{name}"
    return Resource(urn=urn, type="aws:kms/key:Key", name=name, inputs={"enableKeyRotation": rotation}, parent=PARENT, provider="urn:aws")


ESTATE = Estate(
    name="p/s",
    resources=(
        Resource(urn="urn:pulumi:s::p::pulumi:pulumi:Stack::p-s", type="pulumi:pulumi:Stack", name="p-s", inputs={}),
        Resource(urn=PARENT, type="ours:a:Vault", name="vault", inputs={}),
        key("bad", False),
        key("<script>", False),
        key("good", True),
        key("waived", False),
        key("open", UNKNOWN),
    ),
    sources={key("bad", False).urn: SourceLine("stacks/region.py", 7), key("open", False).urn: SourceLine("/elsewhere/a.py", 3)},
)


def verdicts() -> Verdicts:
    return judged(ESTATE, waivers=(WAIVER,), today=TODAY, configuration=Configuration(), packs=("security",))
