"""The oracle by cases that are small enough to be judged by eye, and what it may know."""

import ast
import sys
from pathlib import Path

import pytest

from tests.histories.oracle import Network, Post, Rules

ANN, BOB, CAT, DAN = range(4)
RULES = Rules(famous=3, stays_famous=2, active=7, passive=30)


@pytest.fixture
def network() -> Network:
    made = Network(RULES)
    assert [made.join() for _ in range(4)] == [ANN, BOB, CAT, DAN]
    return made


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(__file__).with_name("oracle.py").read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {node.module for node in imports if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    assert modules == {"collections.abc", "dataclasses"}
    assert {str(module).partition(".")[0] for module in modules} <= sys.stdlib_module_names


def test_a_timeline_is_what_oneself_and_those_followed_now_post(network: Network) -> None:
    for who in (ANN, BOB, CAT, ANN):
        assert network.post(who)
    assert network.timeline(ANN) == [3, 0]
    assert network.follow(ANN, BOB)
    assert network.follow(ANN, CAT)
    assert network.timeline(ANN) == [3, 2, 1, 0]
    assert network.timeline(BOB) == [1]
    assert network.unfollow(ANN, BOB)
    assert network.timeline(ANN) == [3, 2, 0]


def test_only_its_author_deletes_a_tweet_and_its_retweets_go_with_it(network: Network) -> None:
    network.post(ANN)
    network.follow(CAT, BOB)
    assert network.retweet(BOB, 0)
    assert network.timeline(CAT) == [1]
    assert not network.delete(BOB, 0)
    assert network.timeline(CAT) == [1]
    assert network.delete(ANN, 0)
    assert network.timeline(ANN) == network.timeline(BOB) == network.timeline(CAT) == []
    assert not network.delete(ANN, 0)
    assert not network.delete(BOB, 1)
    assert not network.retweet(CAT, 0)
    assert not network.unretweet(BOB, 0)


def test_what_is_done_to_a_retweet_is_done_to_its_original(network: Network) -> None:
    network.post(ANN)
    network.retweet(BOB, 0)
    assert network.retweet(CAT, 1)
    assert network.retweet(CAT, 0)
    assert network.post(DAN, reply_to=1)
    assert network.post(DAN, quote_of=2)
    assert network.posts == [
        Post(ANN),
        Post(BOB, retweet_of=0),
        Post(CAT, retweet_of=0),
        Post(DAN, reply_to=0),
        Post(DAN, quote_of=0),
    ]
    assert network.unretweet(CAT, 1)
    assert network.deleted == {2}
    assert network.retweet(CAT, 0)
    assert network.posts[5] == Post(CAT, retweet_of=0)
    assert network.found(None) == [4, 3, 0]
    assert network.tweets_of(None, CAT) == [5]


def test_protected_people_are_asked_and_seen_by_their_followers_alone(network: Network) -> None:
    network.protect(ANN, protected=True)
    network.post(ANN)
    assert network.follow(BOB, ANN)
    assert (list(network.follows), network.asking(ANN)) == ([], [BOB])
    assert not network.shows(BOB, 0)
    assert not network.post(BOB, reply_to=0)
    assert network.accept(ANN, BOB)
    assert (list(network.follows), network.asking(ANN)) == ([(BOB, ANN)], [])
    assert not network.accept(ANN, BOB)
    assert network.timeline(BOB) == [0]
    assert [network.shows(viewer, 0) for viewer in (ANN, BOB, CAT, None)] == [True, True, False, False]
    assert network.post(BOB, reply_to=0)
    assert not network.retweet(BOB, 0)
    assert not network.post(BOB, quote_of=0)
    assert network.retweet(ANN, 0)
    assert len(network.posts) == 3
    network.protect(ANN, protected=False)
    assert [network.shows(viewer, 0) for viewer in (CAT, None)] == [True, True]


def test_requests_stay_until_they_are_answered_or_withdrawn(network: Network) -> None:
    network.protect(ANN, protected=True)
    for who in (BOB, CAT, DAN):
        network.follow(who, ANN)
    assert network.asking(ANN) == [DAN, CAT, BOB]
    assert network.reject(ANN, BOB)
    assert not network.reject(ANN, BOB)
    network.unfollow(CAT, ANN)
    network.protect(ANN, protected=False)
    assert network.asking(ANN) == [DAN]
    network.follow(DAN, ANN)
    assert (network.asking(ANN), network.followers(ANN)) == ([], [DAN])


def test_a_retweet_of_one_who_is_protected_since_is_for_followers_of_both(network: Network) -> None:
    network.post(ANN)
    network.retweet(BOB, 0)
    network.follow(CAT, BOB)
    network.follow(DAN, BOB)
    network.follow(DAN, ANN)
    network.protect(ANN, protected=True)
    assert [network.timeline(reader) for reader in (ANN, BOB, CAT, DAN)] == [[0], [], [], [1, 0]]


def test_a_block_parts_two_for_good(network: Network) -> None:
    network.post(ANN)
    network.post(BOB)
    network.follow(ANN, BOB)
    network.follow(BOB, ANN)
    network.retweet(CAT, 0)
    network.follow(BOB, CAT)
    network.retweet(BOB, 0)
    assert network.timeline(BOB) == [3, 2, 1, 0]
    assert network.block(ANN, BOB)
    assert list(network.follows) == [(BOB, CAT)]
    assert network.timeline(BOB) == [1]
    assert network.timeline(ANN) == [0]
    assert not network.follow(BOB, ANN)
    assert not network.follow(ANN, BOB)
    assert not network.retweet(BOB, 0)
    assert network.unretweet(BOB, 0)
    assert not network.unretweet(BOB, 0)
    assert network.blocked(ANN) == [BOB]
    assert network.unblock(ANN, BOB)
    assert network.timeline(BOB) == [2, 1]
    assert list(network.follows) == [(BOB, CAT)]


def test_a_mute_keeps_somebody_and_their_retweeted_tweets_out_of_the_timeline_alone(network: Network) -> None:
    network.follow(ANN, BOB)
    network.follow(ANN, CAT)
    network.post(BOB)
    network.retweet(CAT, 0)
    network.post(CAT)
    network.mute(ANN, BOB)
    assert network.timeline(ANN) == [2]
    assert network.tweets(ANN) == [2, 1, 0]
    assert network.tweets_of(ANN, BOB) == [0]
    assert network.found(ANN) == [2, 0]
    network.unmute(ANN, BOB)
    assert network.timeline(ANN) == [2, 1, 0]


def test_fame_goes_later_than_it_comes(network: Network) -> None:
    fame = []
    for act, who in (("follow", BOB), ("follow", CAT), ("follow", DAN), ("unfollow", DAN), ("unfollow", CAT)):
        getattr(network, act)(who, ANN)
        fame.append(ANN in network.famous)
    assert fame == [False, False, True, True, False]
    network.follow(CAT, ANN)
    assert network.famous == set()


def test_classes_are_those_of_the_day_once_it_is_looked(network: Network) -> None:
    assert set(network.classes.values()) == {"INACTIVE"}
    network.saw(ANN)
    for day, classes in ((7, "ACTIVE"), (8, "PASSIVE"), (30, "PASSIVE"), (31, "INACTIVE")):
        network.today = day
        network.classify()
        assert network.classes == {ANN: classes, BOB: "INACTIVE", CAT: "INACTIVE", DAN: "INACTIVE"}
    network.saw(ANN)
    assert network.classes[ANN] == "ACTIVE"
