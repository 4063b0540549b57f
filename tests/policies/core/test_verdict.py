"""Unknown leaves are raised when read, not before; what is known is not lost with them."""

import pytest
from pulumi_policy import proxy

from policies.core.verdict import UNKNOWN, UNKNOWNS, Properties, Undecided, is_unknown, known_first, known_part


def test_sentinels_are_the_sdks() -> None:
    assert {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")} == UNKNOWNS
    assert UNKNOWN == proxy.UNKNOWN_STRING_VALUE


@pytest.mark.parametrize("unknown", sorted(UNKNOWNS))
def test_reading_an_unknown_raises_its_path(unknown: str) -> None:
    properties = Properties({"a": {"b": ["known", unknown]}, "c": unknown}, "cluster")
    assert properties.section("a").texts("b")[0] == "known"
    with pytest.raises(Undecided, match=r"^cluster\.a\.b\[1\]$"):
        properties.section("a").texts("b")[1]
    for read in (properties.text, properties.flag, properties.section, properties.sections, properties.texts):
        with pytest.raises(Undecided, match=r"^cluster\.c$"):
            read("c")
    with pytest.raises(Undecided):
        properties.number("c", 1)
    assert is_unknown(unknown)
    with pytest.raises(Undecided, match=r"^c$"):
        Properties({"c": unknown}).text("c")
    with pytest.raises(Undecided, match=r"^c$"):
        Properties({"c": unknown})["c"]
    with pytest.raises(Undecided, match=r"^cluster\.c$"):
        properties["c"]


def test_given_is_not_read() -> None:
    properties = Properties({"unknown": UNKNOWN, "null": None, "empty": ""})
    assert "unknown" in properties
    assert "empty" in properties
    assert "null" not in properties
    assert "absent" not in properties
    assert list(properties) == ["unknown", "null", "empty"]
    assert len(properties) == 3


def test_absent_and_null_have_the_default() -> None:
    properties = Properties({"null": None})
    assert properties.get("null", 7) == properties.get("absent", 7) == 7
    for key in ("null", "absent"):
        assert properties.text(key, "default") == "default"
        assert properties.text(key) == ""
        assert properties.number(key, 7) == 7
        assert properties.flag(key) is False
        assert properties.flag(key, default=True) is True
        assert dict(properties.section(key)) == {}
        assert list(properties.sections(key)) == []
        assert list(properties.texts(key)) == []


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_flags_may_be_spelt_as_strings(value: object, *, flag: bool) -> None:
    assert Properties({"encrypted": value}).flag("encrypted", default=not flag) is flag


def test_a_list_of_one_may_be_the_thing_itself() -> None:
    assert list(Properties({"Action": "s3:*"}).texts("Action")) == list(Properties({"Action": ["s3:*"]}).texts("Action"))
    (statement,) = Properties({"Statement": {"Effect": "Allow"}}).sections("Statement")
    assert statement.text("Effect") == "Allow"


def test_an_unknown_item_is_raised_after_the_known_ones() -> None:
    items = Properties({"a": ["x", UNKNOWN, "y"]}).texts("a")
    assert len(items) == 3
    assert "y" in items
    seen: list[str] = []
    with pytest.raises(Undecided, match=r"a\[1\]"):
        seen.extend(item for item in items)
    assert seen == ["x", "y"]
    assert list(items[2:]) == ["y"]
    with pytest.raises(Undecided, match=r"^a\["):
        items[1:][0]


def test_the_first_unknown_is_named() -> None:
    def read(subject: str) -> list[str]:
        if subject.startswith("?"):
            raise Undecided(subject)
        return [subject, subject]

    known, leaf = known_part(known_first(["a", "?b", "c", "?d"], read))
    assert known == ("a", "a", "c", "c")
    assert str(leaf) == "?b"
    assert known_part(known_first(["a"], read)) == (("a", "a"), None)
