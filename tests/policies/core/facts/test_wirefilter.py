"""Expressions of Cloudflare's rules language, by what its documents say they match."""

import pytest

from policies.core.facts import wirefilter

WHO = ("ip.src", "cf.client.bot")


@pytest.mark.parametrize(
    ("expression", "parts"),
    [
        ("a or b", ("a", "b")),
        ("(a) or (b)", ("a", "b")),
        ("((a or b) || c)", ("a", "b", "c")),
        ("(a or b) and c", ("(a or b) and c",)),
        ('x eq "this or that"', ('x eq "this or that"',)),
        ('x eq "(" or y eq ")"', ('x eq "("', 'y eq ")"')),
        ('x eq "\\" or \\""', ('x eq "\\" or \\""',)),
    ],
)
def test_alternatives(expression: str, parts: tuple[str, ...]) -> None:
    assert wirefilter.disjuncts(expression) == parts


@pytest.mark.parametrize(
    ("expression", "bound"),
    [
        ("ip.src in {203.0.113.0/28}", True),
        ('ip.src eq 203.0.113.1 and http.host eq "x"', True),
        ("ip.src eq 203.0.113.1 or cf.client.bot", True),
        ('ip.src eq 203.0.113.1 or http.user_agent eq "x"', False),
        ("not ip.src in $office", False),
        ("ip.src ne 203.0.113.1", False),
        ('http.user_agent eq "ip.src"', False),
        ("true", False),
    ],
)
def test_who_asks(expression: str, *, bound: bool) -> None:
    assert wirefilter.bound_by(expression, WHO) is bound


@pytest.mark.parametrize(
    ("expression", "may", "surely"),
    [
        ("true", True, True),
        ('http.host eq "www.example.com"', True, True),
        ('starts_with(http.request.uri.path, "/api/")', True, True),
        ('starts_with(lower(http.request.uri.path), "/api/v2/")', True, True),
        ('http.request.uri.path in {"/shop" "/api/users"}', True, True),
        ('http.request.uri.path wildcard r"/api/*"', True, True),
        ('starts_with(http.request.uri.path, "/static/")', False, False),
        ('http.request.uri.path.extension in {"css" "js"}', False, False),
        ('http.request.uri.path.extension eq "css" or http.request.uri.path eq "/api"', True, True),
        ('not starts_with(http.request.uri.path, "/static/")', True, False),
        ('http.request.uri.path ne "/static/"', True, False),
    ],
)
def test_paths(expression: str, *, may: bool, surely: bool) -> None:
    assert wirefilter.may_match_path(expression, "/api/") is may
    assert wirefilter.surely_covers_path(expression, "/api/") is surely


@pytest.mark.parametrize(
    ("expression", "most"),
    [
        ("ip.src in {0.0.0.0/0}", True),
        ("ip.src in {0.0.0.0/1 128.0.0.0/1}", True),
        ("ip.src in {::/0}", True),
        ("ip.src in {203.0.113.0/24 2001:db8::/32}", False),
        ("ip.src in $office", False),
        ('http.host eq "0.0.0.0/0"', False),
    ],
)
def test_blocks_of_half_the_world(expression: str, *, most: bool) -> None:
    assert wirefilter.holds_most_addresses(expression) is most


def test_everything() -> None:
    assert [each for each in ("true", "(true)", "", 'http.host eq "true"') if wirefilter.matches_everything(each)] == ["true", "(true)", ""]
