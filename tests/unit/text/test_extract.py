"""Mentions, hashtags and links: what the conformance cases don't tell, and what holds for every text."""

from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import Entities, Hashtag, Mention, Url, extract
from domain.text.tlds import TOP_LEVEL_DOMAINS

# Texts made of what the rules look at, so that they meet in every order.
# fmt: off
PIECES = [
    "http://", "HTTPS://", "@", "＠", "#", "＃", ".", "/", "-", "_", ":80", "?", "=", "(a)", "(", ")", "&", "!",
    "rt", "foo", "a.com", "b.co.uk/x", "t.co/abc", "みんな", "日本語", "。", "é", "e\u0301", "Ж", "xn--", "xn--ls8h",
    "1", "👍🏿", "❤\ufe0f", "\u200d", "1\ufe0f\u20e3", "©", "\u0300", "://", "\ufe0f", "\u3000", "\u202a", "\n",
    " ",
]
# fmt: on
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)


def urls(text: str) -> list[str]:
    return [url.url for url in extract(text).urls]


def shifted(found: Entities, by: int) -> Entities:
    return Entities(
        tuple(Mention(at.start + by, at.end + by, at.handle) for at in found.mentions),
        tuple(Hashtag(at.start + by, at.end + by, at.tag) for at in found.hashtags),
        tuple(Url(at.start + by, at.end + by, at.url) for at in found.urls),
    )


def test_all_kinds_in_one_text() -> None:
    assert extract("👍 @alice see https://example.com/a?b #Köln, example.jp @bob_2!") == Entities(
        (Mention(2, 8, "alice"), Mention(55, 61, "bob_2")),
        (Hashtag(37, 42, "Köln"),),
        (Url(13, 36, "https://example.com/a?b"), Url(44, 54, "example.jp")),
    )


def test_a_text_without_any() -> None:
    assert extract("") == extract("Just words... 3.5 # @ e.g.") == Entities((), (), ())


def test_of_two_that_overlap_the_earlier_counts() -> None:
    found = extract("http://example.com/@alice/#top")
    assert found == Entities((), (), (Url(0, 30, "http://example.com/@alice/#top"),))


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@a", ["a"]),
        ("＠a", ["a"]),
        ("@" + "a" * 21, ["a" * 20]),
        ("@a/list", []),
        ("@a/1", ["a"]),
        ("@a@b", []),
        ("@aé", []),
        ("@a://b", []),
        ("a@b", []),
        ("RT:@a", ["a"]),
        ("-rt@a", []),
        (".@a", ["a"]),
    ],
)
def test_mentions(text: str, handles: list[str]) -> None:
    assert [mention.handle for mention in extract(text).mentions] == handles


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#a", ["a"]),
        ("＃a", ["a"]),
        ("#1", []),
        ("#1a", ["1a"]),
        ("#_", []),
        ("#a#b", []),
        ("#a://b", []),
        ("a#b", []),
        ("&#b", []),
        ("#\ufe0fa", []),
        ("#e\u0301", ["e\u0301"]),
        ("#a-b", ["a"]),
        ("👍#a", ["a"]),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert [hashtag.tag for hashtag in extract(text).hashtags] == tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.com", ["example.com"]),
        ("EXAMPLE.COM", ["EXAMPLE.COM"]),
        ("example.notatld", []),
        ("a.com:80/x", ["a.com:80/x"]),
        ("a.com?x=1", ["a.com"]),
        ("http://a.com?x=1", ["http://a.com?x=1"]),
        ("http://a.com/b?c=d.", ["http://a.com/b?c=d"]),
        ("http://a.com/b_(c_(d))!", ["http://a.com/b_(c_(d))"]),
        ("http://a.com/b;(c)", ["http://a.com/b;(c)"]),
        ("http://a.com/()", ["http://a.com/"]),
        ("(a.com)", ["a.com"]),
        ('"http://a.com"b', ["http://a.com"]),
        ("/a.com -a.com _a.com .a.com", []),
        ("#a.com @a.com $a.com", []),
        ("a.com@b", []),
        ("a.com-b a.com+b a.com1", []),
        ("a.comです", ["a.com"]),
        ("a_b.example.com", ["a_b.example.com"]),
        ("http://a_b.com/http://c.com", []),
        ("http://foo.みんな/x foo.みんな", ["http://foo.みんな/x", "foo.みんな"]),
        ("http://foo.РФ", ["http://foo.РФ"]),
        ("http://日本語.jp 日本語.jp", ["http://日本語.jp"]),
        ("日本a.com日b.com/c", ["a.com", "b.com/c"]),
        ("example.com80한국example.com", ["example.com"]),
        ("éa.com", ["éa.com"]),
        ("a..com -.com a-.com a.-b.com", []),
        ("http://xn--ls8h.la http://xn--あ.com", ["http://xn--ls8h.la"]),
        (f"http://{'a' * 63}.com http://{'a' * 64}.com", [f"http://{'a' * 63}.com"]),
        (f"http://{'あ' * 30}.com http://{'あ' * 60}.com", [f"http://{'あ' * 30}.com"]),
        ("http://t.co/abc.d https://t.co/abc?d=e", ["http://t.co/abc", "https://t.co/abc?d=e"]),
        (f"http://t.co/{'a' * 40} http://t.co/{'a' * 41}", [f"http://t.co/{'a' * 40}"]),
        ("http://\ud800.com", ["http://\ud800.com"]),
    ],
)
def test_links(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


def test_the_longest_link() -> None:
    longest = "http://a.com/" + "a" * (4096 - len("http://") - len("http://a.com/"))
    assert urls(longest) == [longest]
    assert urls(longest + "a") == []


def test_the_top_level_domains_are_those_of_icann() -> None:
    assert {"com", "co", "museum", "uk", "ck", "みんな", "рф", "onion"} <= TOP_LEVEL_DOMAINS
    assert not {"", "co.uk", "github", "localhost", "*"} & TOP_LEVEL_DOMAINS
    assert 1_300 < len(TOP_LEVEL_DOMAINS) < 2_000
    assert all(name == name.lower() and "." not in name for name in TOP_LEVEL_DOMAINS)


@given(texts)
def test_ranges_are_what_they_say_and_never_overlap(text: str) -> None:
    found = extract(text)
    assert all(text[at.start] in "@＠" and text[at.start + 1 : at.end] == at.handle for at in found.mentions)
    assert all(text[at.start] in "#＃" and text[at.start + 1 : at.end] == at.tag for at in found.hashtags)
    assert all(text[at.start : at.end] == at.url for at in found.urls)
    ranges = [[(at.start, at.end) for at in kind] for kind in (found.mentions, found.hashtags, found.urls)]
    assert ranges == [sorted(kind) for kind in ranges]
    assert all(first[1] <= second[0] for first, second in pairwise(sorted(chain(*ranges))))


@given(texts, texts)
def test_a_space_parts_a_text_in_two(left: str, right: str) -> None:
    before, after = extract(left), shifted(extract(right), len(left) + 1)
    assert extract(f"{left} {right}") == Entities(
        before.mentions + after.mentions, before.hashtags + after.hashtags, before.urls + after.urls
    )
