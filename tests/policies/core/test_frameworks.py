"""Controls name a framework that exists."""

import pytest

from policies.core.frameworks import FRAMEWORKS, framework_of


def test_control_numbers_may_hold_colons() -> None:
    assert framework_of("hipaa:164.312(a)(2)(iv)") == (FRAMEWORKS["hipaa"], "164.312(a)(2)(iv)")
    assert framework_of("soc2:CC6.1:a") == (FRAMEWORKS["soc2"], "CC6.1:a")
    assert framework_of("fsbp:KMS.4")[0].name == "AWS Foundational Security Best Practices"


def test_an_unknown_framework_is_refused() -> None:
    with pytest.raises(KeyError):
        framework_of("iso:1")
