"""The wire walker against protobuf's own JSON mapping."""

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from meridian.engine import wire
from policies.core.verdict import UNKNOWN

LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32) | st.text()
BAGS = st.dictionaries(
    st.text(min_size=1), st.recursive(LEAVES, lambda below: st.lists(below) | st.dictionaries(st.text(), below), max_leaves=12)
)


@given(BAGS)
def test_decode_agrees_with_protobuf(bag: dict[str, object]) -> None:
    struct = ParseDict(bag, Struct())
    assert wire.decode(struct).values == MessageToDict(struct)


@given(BAGS)
def test_encode_agrees_with_protobuf(bag: dict[str, object]) -> None:
    struct = Struct()
    wire.encode(bag, struct)
    assert struct == ParseDict(bag, Struct())


def test_whole_numbers_are_whole() -> None:
    values = wire.decode(ParseDict({"days": 30, "share": 0.5}, Struct())).values
    assert (values, type(values["days"])) == ({"days": 30, "share": 0.5}, int)


def test_unknowns_and_secrets_are_found_with_their_paths() -> None:
    secret = {wire.SIGNATURE_KEY: wire.SECRET, "value": {"token": UNKNOWN}}
    decoded = wire.decode(ParseDict({"list": ["a", UNKNOWN], "deep": {"password": secret}}, Struct()))
    assert decoded.values == {"list": ["a", UNKNOWN], "deep": {"password": {"token": UNKNOWN}}}
    assert set(decoded.unknown) == {"list[1]", "deep.password.token"}
    assert decoded.secret == ("deep.password",)


def test_a_resource_reference_stands_for_its_urn() -> None:
    reference = {wire.SIGNATURE_KEY: wire.RESOURCE_REFERENCE, "urn": "urn:pulumi:s::p::t::n", "id": "i"}
    assert wire.decode(ParseDict({"vpc": reference}, Struct())).values == {"vpc": "urn:pulumi:s::p::t::n"}
