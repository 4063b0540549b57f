"""ARNs, spelt as the Service Authorization Reference spells them."""

from components.location import Location

IRELAND = Location(account_id="111122223333", region="eu-west-1")


def test_a_regional_arn_names_region_and_account() -> None:
    assert IRELAND.arn("logs", "log-group:/aws/eks/*") == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/*"


def test_an_iam_arn_has_no_region() -> None:
    assert IRELAND.iam_arn("role/deploy") == "arn:aws:iam::111122223333:role/deploy"
