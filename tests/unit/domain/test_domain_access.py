"""Who may see what: the whole table of two people, and tweets that show the words of two."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import OPEN, Access, Boundaries
from domain.activity import Activity
from domain.graph import User
from domain.tweets import Tweet

VIEWER, AUTHOR, THIRD = 1, 2, 3
NOBODY: frozenset[int] = frozenset()
IDS = st.integers(1, 4)
SETS = st.frozensets(IDS)
BOUNDARIES = st.builds(Boundaries, SETS, SETS, SETS)


def person(user_id: int, *, is_protected: bool = False) -> User:
    return User(user_id, "handle", "Name", "", 0, 0, None, Activity.ACTIVE, False, is_protected)


def tweet(author_id: int, retweet_of_author_id: int | None = None) -> Tweet:
    original_id = None if retweet_of_author_id is None else 8
    return Tweet(9, 9, author_id, "", 9, None, original_id, retweet_of_author_id, None, False, 0, 0, 0, 0)


def access(viewer_id: int | None = VIEWER, *, follows: frozenset[int] = NOBODY, **walls: frozenset[int]) -> Access:
    return Access(viewer_id, Boundaries(**walls), follows)


@pytest.mark.parametrize(
    ("protected", "follows", "blocks", "blocked", "seen"),
    [
        (False, False, False, False, True),
        (False, True, False, False, True),
        (True, False, False, False, False),
        (True, True, False, False, True),
        *((*each, True, False, False) for each in product((False, True), repeat=2)),
        *((*each, False, True, False) for each in product((False, True), repeat=2)),
        *((*each, True, True, False) for each in product((False, True), repeat=2)),
    ],
)
def test_what_a_viewer_sees_of_another(
    *, protected: bool, follows: bool, blocks: bool, blocked: bool, seen: bool
) -> None:
    """Whatever they mute, and whether or not it is known that the author is there."""
    author = frozenset({AUTHOR})
    for mutes in (NOBODY, author):
        viewer = access(
            follows=author if follows else NOBODY,
            blocks=author if blocks else NOBODY,
            blocked_by=author if blocked else NOBODY,
            mutes=mutes,
        )
        assert viewer.boundaries.parted(AUTHOR) == (blocks or blocked)
        assert viewer.sees(person(AUTHOR, is_protected=protected)) == seen
        assert viewer.sees_tweet(tweet(AUTHOR), {AUTHOR: person(AUTHOR, is_protected=protected)}) == seen
        assert viewer.sees_tweet(tweet(AUTHOR), {}) == (not blocks and not blocked)


@pytest.mark.parametrize("protected", [False, True])
def test_what_a_guest_sees(*, protected: bool) -> None:
    guest = Access(None, OPEN, ())
    author = person(AUTHOR, is_protected=protected)
    assert guest.sees(author) == (not protected)
    assert guest.sees_tweet(tweet(AUTHOR), {AUTHOR: author}) == (not protected)
    assert guest.sees_tweet(tweet(AUTHOR), {})


@given(BOUNDARIES, SETS, st.booleans(), st.booleans())
def test_everybody_sees_their_own(
    boundaries: Boundaries, follows: frozenset[int], protected: bool, known: bool
) -> None:
    viewer = Access(VIEWER, boundaries, follows)
    myself = person(VIEWER, is_protected=protected)
    assert viewer.sees(myself)
    assert viewer.sees_tweet(tweet(VIEWER), {VIEWER: myself} if known else {})
    assert viewer.sees_tweet(tweet(VIEWER, VIEWER), {VIEWER: myself} if known else {})
    assert viewer.shares(tweet(VIEWER), {VIEWER: myself} if known else {})


@given(st.none() | IDS, BOUNDARIES, SETS, st.dictionaries(IDS, st.booleans()), IDS, st.none() | IDS)
def test_a_tweet_is_seen_where_all_whose_words_it_shows_are(
    viewer_id: int | None,
    boundaries: Boundaries,
    follows: frozenset[int],
    known: dict[int, bool],
    author_id: int,
    original_author_id: int | None,
) -> None:
    viewer = Access(viewer_id, boundaries, follows)
    shown = tweet(author_id, original_author_id)
    people = {user_id: person(user_id, is_protected=protected) for user_id, protected in known.items()}
    authors = {author_id} if original_author_id is None else {author_id, original_author_id}
    open_to_all = {user_id: person(user_id) for user_id in authors}
    assert viewer.sees_tweet(shown, people) == all(viewer.sees((open_to_all | people)[each]) for each in authors)
    assert viewer.keeps_out(shown) == bool(authors & boundaries.mutes)


@pytest.mark.parametrize(
    ("shown", "shares"),
    [
        (tweet(AUTHOR), False),
        (tweet(THIRD), True),
        (tweet(VIEWER), True),
        (tweet(AUTHOR, THIRD), True),
        (tweet(THIRD, AUTHOR), False),
        (tweet(AUTHOR, VIEWER), True),
        (tweet(VIEWER, AUTHOR), False),
        (tweet(4), True),
    ],
)
def test_what_protected_people_wrote_is_passed_on_by_themselves_alone(shown: Tweet, *, shares: bool) -> None:
    """VIEWER and AUTHOR are protected, and the viewer follows the latter; a retweet stands for its original; 4 is
    missing."""
    people = {each: person(each, is_protected=each != THIRD) for each in (VIEWER, AUTHOR, THIRD)}
    assert access(follows=frozenset({AUTHOR})).shares(shown, people) == shares


@pytest.mark.parametrize(
    ("shown", "kept_out"),
    [
        (tweet(AUTHOR), True),
        (tweet(THIRD), False),
        (tweet(THIRD, AUTHOR), True),
        (tweet(AUTHOR, THIRD), True),
        (tweet(VIEWER, AUTHOR), True),
        (tweet(VIEWER), False),
    ],
)
def test_what_a_mute_keeps_out(shown: Tweet, *, kept_out: bool) -> None:
    """It can be seen all the same."""
    viewer = access(mutes=frozenset({AUTHOR}))
    assert viewer.keeps_out(shown) == kept_out
    assert viewer.sees_tweet(shown, {})


@pytest.mark.parametrize(("author_id", "own"), [(10**18 - 1, False), (10**18, True), (10**18 + 1, False)])
def test_oneself_is_known_by_the_number_alone(author_id: int, *, own: bool) -> None:
    """Ids are larger than those that are one object each."""
    viewer = access(int(str(10**18)), blocks=frozenset({author_id}))
    people = {author_id: person(author_id, is_protected=True)}
    assert viewer.sees(people[author_id]) == own
    assert viewer.sees_tweet(tweet(author_id), {}) == own
    assert viewer.shares(tweet(author_id), people) == own
