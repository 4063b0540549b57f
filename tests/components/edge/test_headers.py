"""Response headers of the zone."""

import pytest
from pydantic import ValidationError

from components.edge.headers import ResponseHeaders, ResponseHeadersArgs, ResponseHeadersSpec
from tests.components.edge.sites import site
from tests.deploy import deploy


def test_one_rule_sets_security_headers_and_removes_what_tells_of_the_origin() -> None:
    plan = deploy(lambda: ResponseHeaders("headers", ResponseHeadersArgs(spec=ResponseHeadersSpec(), site=site())))
    (ruleset,) = plan.made
    (rule,) = ruleset.inputs["rules"]
    assert (ruleset.inputs["phase"], rule["action"], rule["expression"]) == ("http_response_headers_transform", "rewrite", "true")
    headers = rule["actionParameters"]["headers"]
    assert headers["X-Frame-Options"] == {"operation": "set", "value": "DENY"}
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]["value"]
    assert headers["X-Powered-By"] == {"operation": "remove"}


def test_a_ruleset_made_by_hand_is_adopted() -> None:
    spec = ResponseHeadersSpec.from_yaml({"import_ids": {"http_response_headers_transform": "f" * 32}})
    plan = deploy(lambda: ResponseHeaders("headers", ResponseHeadersArgs(spec=spec, site=site())))
    assert plan.made[0].options.import_id == f"zones/{'b' * 32}/{'f' * 32}"


def test_a_header_both_set_and_removed_is_refused() -> None:
    with pytest.raises(ValidationError, match="removed: x-frame-options: also in headers"):
        ResponseHeadersSpec.from_yaml({"removed": ["x-frame-options"]})


def test_a_ruleset_of_another_phase_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"import_ids\.ddos_l7: not owned here"):
        ResponseHeadersSpec.from_yaml({"import_ids": {"ddos_l7": "f"}})
