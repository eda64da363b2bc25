"""What is null, and for whom."""

from domain.accounts import Account
from domain.errors import Unauthenticated
from domain.live import TimelineReset, TimelineResetReason, TweetAdded, TweetRemoved
from domain.search import Hit, SearchType
from tests.unit.resolvers.fakes import SCHEMA, Api
from tests.unit.resolvers.records import NOW, make_session, make_tweet, make_user, tweet_id, user_id

SIGN_IN = "Sign in first: logIn or signUp give a token, to be sent as `Authorization: Bearer TOKEN`."


def api(viewer_id: int | None) -> Api:
    """Two people who follow each other, and a tweet of the second one's."""
    made = Api(viewer=make_session(viewer_id) if viewer_id else None)
    made.world.users = {number: make_user(number, last_seen_at=NOW) for number in (1, 2)}
    made.world.accounts = {1: Account(1, "User1", "one@example.org", "hash"), 2: Account(2, "User2", None, None)}
    made.world.tweets = {50: make_tweet(50, 2)}
    made.world.follows = {(1, 2)}
    made.world.liked = {(1, 50)}
    return made


async def test_a_guest() -> None:
    query = f"""{{ viewer {{ email }} user(handle: "USER2") {{ handle lastSeenAt viewerFollows followsViewer }}
                tweet(id: "{tweet_id(50)}") {{ viewerLikes viewerRetweeted }} }}"""
    guest = api(None)
    assert await guest.data(query) == {
        "viewer": None,
        "user": {"handle": "User2", "lastSeenAt": None, "viewerFollows": None, "followsViewer": None},
        "tweet": {"viewerLikes": None, "viewerRetweeted": None},
    }
    assert "tweets.viewer_marks" not in guest.world.counts


async def test_a_viewer() -> None:
    query = f"""{{ viewer {{ email user {{ lastSeenAt followingCount createdAt }}
                           sessions {{ id userAgent lastSeenAt isCurrent }} }}
                user(handle: "user2") {{ lastSeenAt viewerFollows followsViewer }}
                tweet(id: "{tweet_id(50)}") {{ viewerLikes viewerRetweeted likeCount }} }}"""
    session = {"userAgent": "curl", "lastSeenAt": "2024-05-06T07:08:09.123Z"}
    assert await api(1).data(query) == {
        "viewer": {
            "email": "one@example.org",
            "user": {
                "lastSeenAt": "2024-05-06T07:08:09.123Z",
                "followingCount": 1 << 40,
                "createdAt": "2006-01-01T00:00:00.000Z",
            },
            "sessions": [
                session | {"id": "U2Vzc2lvbjo5MDA", "isCurrent": True},
                session | {"id": "U2Vzc2lvbjo5MDE", "isCurrent": False},
            ],
        },
        "user": {"lastSeenAt": None, "viewerFollows": True, "followsViewer": False},
        "tweet": {"viewerLikes": True, "viewerRetweeted": False, "likeCount": 1},
    }


async def test_an_imported_account_has_no_email() -> None:
    assert await api(2).data("{ viewer { email } }") == {"viewer": {"email": None}}


async def test_guests_have_no_timeline() -> None:
    data, errors = await api(None).run("{ timeline { nodes { id } } }")
    assert data == {"timeline": None}
    assert [(type(cause), str(cause)) for _, cause in errors] == [(Unauthenticated, SIGN_IN)]


async def test_ids_that_lead_nowhere() -> None:
    session_id = "U2Vzc2lvbjo5MDA"
    ids = ["", "x", "é", "0" * 100, session_id, tweet_id(51), user_id(3), tweet_id(50), user_id(2)]
    quoted = ", ".join(f'"{each}"' for each in ids)
    data = await api(1).data(f"{{ nodes(ids: [{quoted}]) {{ __typename id }} }}")
    found = [{"__typename": "Tweet", "id": tweet_id(50)}, {"__typename": "User", "id": user_id(2)}]
    assert data == {"nodes": [None] * 7 + found}
    for each in ids[:7]:
        query = f'{{ node(id: "{each}") {{ id }} tweet(id: "{each}") {{ id }} }}'
        assert await api(1).data(query) == {"node": None, "tweet": None}
    assert await api(1).data(f'{{ tweet(id: "{user_id(2)}") {{ id }} }}') == {"tweet": None}


async def test_ids_stay_when_their_tweets_are_gone() -> None:
    made = api(1)
    made.world.tweets = {50: make_tweet(50, 9, root=40, reply_to=41, quote_of=42)}
    query = (
        "author { id } inReplyToId inReplyTo { id } quoteOfId quoteOf { id } retweetOf { id } conversationRoot { id }"
    )
    assert await made.data(f'{{ tweet(id: "{tweet_id(50)}") {{ {query} }} }}') == {
        "tweet": {
            "author": None,
            "inReplyToId": tweet_id(41),
            "inReplyTo": None,
            "quoteOfId": tweet_id(42),
            "quoteOf": None,
            "retweetOf": None,
            "conversationRoot": None,
        }
    }


async def test_entities_of_a_text() -> None:
    made = api(1)
    made.world.tweets = {50: make_tweet(50, 2, "@user1 @nobody #tag http://example.com")}
    query = "mentions { start end handle user { handle } } hashtags { start end tag } urls { start end url }"
    data = await made.data(f'{{ tweet(id: "{tweet_id(50)}") {{ entities {{ {query} }} }} }}')
    assert data == {
        "tweet": {
            "entities": {
                "mentions": [
                    {"start": 0, "end": 6, "handle": "user1", "user": {"handle": "User1"}},
                    {"start": 7, "end": 14, "handle": "nobody", "user": None},
                ],
                "hashtags": [{"start": 15, "end": 19, "tag": "tag"}],
                "urls": [{"start": 20, "end": 38, "url": "http://example.com"}],
            }
        }
    }


async def test_hits_that_are_gone_are_left_out() -> None:
    made = api(1)
    made.fake.found = [Hit(49, 2.0, None), Hit(50, 1.0, "<em>hello</em>"), Hit(48, 0.5, None)]
    query = """edges { cursor highlight node { __typename ... on Tweet { text } } } nodes { __typename }
               pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"""
    assert await made.data(f'{{ search(query: "hello", first: 2) {{ {query} }} }}') == {
        "search": {
            "edges": [
                {"cursor": "c50", "highlight": "<em>hello</em>", "node": {"__typename": "Tweet", "text": "hello"}}
            ],
            "nodes": [{"__typename": "Tweet"}],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": "c50", "endCursor": "c50"},
        }
    }
    assert made.fake.acts == [
        ("search", "hello", SearchType.TOP, 3, None),
        ("search", "hello", SearchType.TOP, 3, "c48"),
    ]


async def test_a_search_for_people() -> None:
    made = api(None)
    made.fake.found = [Hit(2, 2.0, None)]
    query = "nodes { ... on User { handle } } pageInfo { hasNextPage hasPreviousPage }"
    assert await made.data(f'{{ search(query: "two", type: PEOPLE, after: "c9") {{ {query} }} }}') == {
        "search": {"nodes": [{"handle": "User2"}], "pageInfo": {"hasNextPage": False, "hasPreviousPage": True}}
    }
    assert made.fake.acts == [("search", "two", SearchType.PEOPLE, 21, "c9")]


STREAM = """subscription { timelineUpdates(after: "a") {
    __typename
    ... on TimelineTweetAdded { cursor tweet { text viewerLikes } }
    ... on TimelineTweetRemoved { cursor tweetId }
    ... on TimelineReset { reason }
} }"""


async def test_a_stream() -> None:
    made = api(1)
    made.fake.events = [
        TweetAdded("c1", make_tweet(50, 2)),
        TweetRemoved("c2", 50),
        TimelineReset(TimelineResetReason.TOO_OLD),
    ]
    results = await made.events(STREAM)
    assert [(result.data, result.errors) for result in results] == [
        ({"timelineUpdates": event}, None)
        for event in (
            {"__typename": "TimelineTweetAdded", "cursor": "c1", "tweet": {"text": "hello", "viewerLikes": True}},
            {"__typename": "TimelineTweetRemoved", "cursor": "c2", "tweetId": tweet_id(50)},
            {"__typename": "TimelineReset", "reason": "TOO_OLD"},
        )
    ]
    assert made.fake.acts == [("timeline_updates", 1, "a")]


async def test_guests_have_no_stream() -> None:
    made = api(None)
    results = [result async for result in await SCHEMA.subscribe(STREAM, context_value=made.context())]
    assert [[str(error.original_error) for error in result.errors or ()] for result in results] == [[SIGN_IN]]
    assert made.fake.acts == []
