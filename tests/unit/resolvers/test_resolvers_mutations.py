"""What mutations hand to the services, and what they answer."""

import pytest

from domain.errors import RateLimited, Unauthenticated
from domain.refusals import Refused, UserError, UserErrorCode
from services.accounts import Origin
from services.tweets import TweetDraft
from tests.unit.resolvers.fakes import Api, FakeCookies
from tests.unit.resolvers.records import NOW, make_session, make_tweet, make_user, media_id, tweet_id, user_id

ORIGIN = Origin("192.0.2.1", "curl")
SIGN_UP = 'signUp(input: {handle: "User2", email: "two@example.org", password: "0123456789"%s})'
ERRORS = "userErrors { code field message }"


def api(viewer_id: int | None = 1) -> Api:
    made = Api(viewer=make_session(viewer_id) if viewer_id else None, cookies=FakeCookies())
    made.world.users = {number: make_user(number) for number in (1, 2)}
    made.world.tweets = {50: make_tweet(50, 2)}
    made.world.follows = {(2, 1)}
    return made


async def test_sign_up_goes_on_as_the_new_viewer() -> None:
    made = api(None)
    sign_up = SIGN_UP % ""
    data = await made.data(f"""mutation {{
        {sign_up} {{ token expiresAt viewer {{ user {{ handle }} sessions {{ isCurrent }} }} {ERRORS} }}
        like(tweetId: "{tweet_id(50)}") {{ tweet {{ viewerLikes author {{ followsViewer }} }} }}
    }}""")
    assert data == {
        "signUp": {
            "token": "secret",
            "expiresAt": "2024-05-06T07:08:09.123Z",
            "viewer": {"user": {"handle": "User2"}, "sessions": [{"isCurrent": True}, {"isCurrent": False}]},
            "userErrors": [],
        },
        "like": {"tweet": {"viewerLikes": True, "author": {"followsViewer": False}}},
    }
    assert made.fake.acts == [
        ("sign_up", "User2", "two@example.org", "0123456789", None, ORIGIN),
        ("like", 2, 50),
    ]
    assert made.cookies == FakeCookies()


@pytest.mark.parametrize(
    "mutation",
    [
        SIGN_UP % ', displayName: "Two", useCookie: true',
        'logIn(input: {login: "user2", password: "x", useCookie: true})',
    ],
)
async def test_a_cookie_takes_the_tokens_place(mutation: str) -> None:
    made = api(None)
    data = await made.data(f"mutation {{ done: {mutation} {{ token expiresAt viewer {{ user {{ id }} }} {ERRORS} }} }}")
    assert data == {
        "done": {
            "token": None,
            "expiresAt": "2024-05-06T07:08:09.123Z",
            "viewer": {"user": {"id": user_id(2)}},
            "userErrors": [],
        }
    }
    assert made.cookies == FakeCookies(session=("secret", NOW))


async def test_no_cookie_over_a_websocket() -> None:
    made = api(None)
    made.cookies = None
    login = 'logIn(input: {login: "user2", password: "x", useCookie: true})'
    data = await made.data(f"mutation {{ {login} {{ token expiresAt viewer {{ email }} {ERRORS} }} }}")
    message = "A cookie can't be set over a websocket; ask over HTTP, or without useCookie."
    error = {"code": "UNSUPPORTED", "field": ["useCookie"], "message": message}
    assert data == {"logIn": {"token": None, "expiresAt": None, "viewer": None, "userErrors": [error]}}
    assert made.fake.acts == []


@pytest.mark.parametrize("cookies", [FakeCookies(), None])
async def test_log_out(cookies: FakeCookies | None) -> None:
    made = api()
    made.cookies = cookies
    like = f'like(tweetId: "{tweet_id(50)}") {{ tweet {{ id }} }}'
    data, errors = await made.run(f"mutation {{ logOut(everywhere: true) {{ ok {ERRORS} }} {like} }}")
    assert data is None
    assert [(path, type(cause)) for path, cause in errors] == [(["like"], Unauthenticated)]
    assert made.fake.acts == [("log_out", 900, True)]
    assert cookies is None or cookies.cleared


async def test_log_out_of_this_session_alone() -> None:
    made = api()
    assert await made.data(f"mutation {{ logOut {{ ok {ERRORS} }} }}") == {"logOut": {"ok": True, "userErrors": []}}
    assert made.fake.acts == [("log_out", 900, False)]


async def test_revoke_session() -> None:
    made = api()
    session_id = "U2Vzc2lvbjo5MDE"
    data = await made.data(f'mutation {{ revokeSession(id: "{session_id}") {{ revokedSessionId {ERRORS} }} }}')
    assert data == {"revokeSession": {"revokedSessionId": session_id, "userErrors": []}}
    assert made.fake.acts == [("revoke_session", 900, 901)]


async def test_payloads_show_what_was_written() -> None:
    made = api()
    person, tweet = user_id(2), tweet_id(50)
    data = await made.data(f"""mutation {{
        a: follow(userId: "{person}") {{ user {{ viewerFollows followsViewer }} {ERRORS} }}
        b: unfollow(userId: "{person}") {{ user {{ viewerFollows followsViewer }} {ERRORS} }}
        c: like(tweetId: "{tweet}") {{ tweet {{ viewerLikes }} {ERRORS} }}
        d: unlike(tweetId: "{tweet}") {{ tweet {{ viewerLikes }} {ERRORS} }}
        e: retweet(tweetId: "{tweet}") {{ retweet {{ id text retweetOf {{ id }} }} tweet {{ id }} {ERRORS} }}
        f: unretweet(tweetId: "{tweet}") {{ removedRetweetId tweet {{ id }} {ERRORS} }}
        g: unretweet(tweetId: "{tweet}") {{ removedRetweetId tweet {{ id }} {ERRORS} }}
        h: deleteTweet(id: "{tweet}") {{ deletedTweetId {ERRORS} }}
    }}""")
    none: dict[str, object] = {"userErrors": []}
    assert data == {
        "a": {"user": {"viewerFollows": True, "followsViewer": True}} | none,
        "b": {"user": {"viewerFollows": False, "followsViewer": True}} | none,
        "c": {"tweet": {"viewerLikes": True}} | none,
        "d": {"tweet": {"viewerLikes": False}} | none,
        "e": {"retweet": {"id": tweet_id(78), "text": "", "retweetOf": {"id": tweet}}, "tweet": {"id": tweet}} | none,
        "f": {"removedRetweetId": tweet_id(78), "tweet": {"id": tweet}} | none,
        "g": {"removedRetweetId": None, "tweet": {"id": tweet}} | none,
        "h": {"deletedTweetId": tweet} | none,
    }
    assert made.fake.acts == [
        ("follow", 1, 2),
        ("unfollow", 1, 2),
        *((name, 1, 50) for name in ("like", "unlike", "retweet", "unretweet", "unretweet", "delete")),
    ]


@pytest.mark.parametrize(
    ("sent", "draft"),
    [
        ('text: "hi"', TweetDraft("hi")),
        ('text: "hi", inReplyToId: null, quoteOfId: null, idempotencyKey: null', TweetDraft("hi")),
        (
            f'text: "hi", inReplyToId: "{tweet_id(50)}", quoteOfId: "{tweet_id(51)}", idempotencyKey: "k"',
            TweetDraft("hi", 50, 51, idempotency_key="k"),
        ),
        (f'mediaIds: ["{media_id(8)}", "{media_id(7)}"]', TweetDraft("", media_ids=(8, 7))),
        ("mediaIds: null", TweetDraft("")),
        ("", TweetDraft("")),
    ],
)
async def test_create_tweet(sent: str, draft: TweetDraft) -> None:
    made = api()
    data = await made.data(
        f"mutation {{ createTweet(input: {{{sent}}}) {{ tweet {{ text author {{ id }} }} {ERRORS} }} }}"
    )
    assert data == {"createTweet": {"tweet": {"text": draft.text, "author": {"id": user_id(1)}}, "userErrors": []}}
    assert made.fake.acts == [("create", 1, draft)]


@pytest.mark.parametrize(
    ("sent", "changes"),
    [
        ("", (None, None, None, None)),
        ('displayName: "D", bio: null, isProtected: null', ("D", None, None, None)),
        ('bio: ""', (None, "", None, None)),
        ("isProtected: true", (None, None, True, None)),
        ("isProtected: false", (None, None, False, None)),
        (f'avatarMediaId: "{media_id(7)}"', (None, None, None, 7)),
    ],
)
async def test_update_profile(sent: str, changes: tuple[object, ...]) -> None:
    made = api()
    data = await made.data(f"mutation {{ updateProfile(input: {{{sent}}}) {{ user {{ id }} {ERRORS} }} }}")
    assert data == {"updateProfile": {"user": {"id": user_id(1)}, "userErrors": []}}
    assert made.fake.acts == [("update_profile", 1, *changes)]


async def test_what_is_done_to_people_shows_in_their_payloads() -> None:
    made = api()
    made.world.requests = {(2, 1)}
    fields = f"user {{ id viewerBlocks viewerMutes followsViewer }} {ERRORS}"
    acts = "acceptFollowRequest", "rejectFollowRequest", "block", "unblock", "mute", "unmute"
    data = await made.data(
        f'mutation {{ {" ".join(f"""{act}(userId: "{user_id(2)}") {{ {fields} }}""" for act in acts)} }}'
    )
    shown = {"id": user_id(2), "viewerBlocks": False, "viewerMutes": False, "followsViewer": True}
    marks = {"block": {"viewerBlocks": True}, "mute": {"viewerMutes": True}}
    assert data == {act: {"user": shown | marks.get(act, {}), "userErrors": []} for act in acts}
    names = "accept_follow_request", "reject_follow_request", "block", "unblock", "mute", "unmute"
    assert made.fake.acts == [(name, 1, 2) for name in names]


WRITES = {
    "follow": ("userId", 'follow(userId: "%s") { user { id }', user_id),
    "unfollow": ("userId", 'unfollow(userId: "%s") { user { id }', user_id),
    **{
        name: ("userId", name + '(userId: "%s") { user { id }', user_id)
        for name in ("acceptFollowRequest", "rejectFollowRequest", "block", "unblock", "mute", "unmute")
    },
    "like": ("tweetId", 'like(tweetId: "%s") { tweet { id }', tweet_id),
    "unlike": ("tweetId", 'unlike(tweetId: "%s") { tweet { id }', tweet_id),
    "retweet": ("tweetId", 'retweet(tweetId: "%s") { retweet { id } tweet { id }', tweet_id),
    "unretweet": ("tweetId", 'unretweet(tweetId: "%s") { removedRetweetId tweet { id }', tweet_id),
    "deleteTweet": ("id", 'deleteTweet(id: "%s") { deletedTweetId', tweet_id),
    "revokeSession": ("id", 'revokeSession(id: "%s") { revokedSessionId', lambda _: "U2Vzc2lvbjo5MDE"),
    "createTweet": ("inReplyToId", 'createTweet(input: {inReplyToId: "%s"}) { tweet { id }', tweet_id),
    "media": ("mediaIds", 'media: createTweet(input: {mediaIds: ["%s"]}) { tweet { id }', media_id),
    "avatar": ("avatarMediaId", 'avatar: updateProfile(input: {avatarMediaId: "%s"}) { user { id }', media_id),
    "completeMediaUpload": ("mediaId", 'completeMediaUpload(mediaId: "%s") { media { id }', media_id),
    "quote": ("quoteOfId", 'quote: createTweet(input: {quoteOfId: "%s"}) { tweet { id }', tweet_id),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("bad", ["", "x", "é", "other kind"])
async def test_ids_that_can_be_none_are_refused_before_anything_is_done(name: str, bad: str) -> None:
    field, mutation, encode = WRITES[name]
    other = tweet_id(50) if encode is user_id else user_id(2)
    made = api()
    data = await made.data(f"mutation {{ {mutation % (other if bad == 'other kind' else bad)} {ERRORS} }} }}")
    payload = data[name]
    (error,) = payload.pop("userErrors")
    kind = "session" if name == "revokeSession" else encode.__name__.removesuffix("_id")
    assert error == {"code": "NOT_FOUND", "field": [field], "message": f"There is no such {kind}."}
    assert set(payload.values()) == {None}
    assert made.fake.acts == []


@pytest.mark.parametrize("name", WRITES)
async def test_a_services_refusal_is_all_that_a_payload_has(name: str) -> None:
    _, mutation, encode = WRITES[name]
    made = api()
    made.fake.refusal = Refused(
        UserError("No.", UserErrorCode.FORBIDDEN, ("a", "b")), UserError("Never.", UserErrorCode.CONFLICT)
    )
    data = await made.data(f"mutation {{ {mutation % encode(2)} {ERRORS} }} }}")
    payload = data[name]
    assert payload.pop("userErrors") == [
        {"code": "FORBIDDEN", "field": ["a", "b"], "message": "No."},
        {"code": "CONFLICT", "field": None, "message": "Never."},
    ]
    assert set(payload.values()) == {None}


@pytest.mark.parametrize("name", WRITES)
async def test_guests_write_nothing(name: str) -> None:
    _, mutation, encode = WRITES[name]
    made = api(None)
    data, errors = await made.run(f"mutation {{ {mutation % encode(2)} {ERRORS} }} }}")
    assert data is None
    assert [type(cause) for _, cause in errors] == [Unauthenticated]
    assert made.fake.acts == []


async def test_a_refused_log_in_leaves_the_viewer_as_they_were() -> None:
    made = api()
    made.fake.refusal = Refused(UserError("No.", UserErrorCode.INVALID, ("password",)))
    login = 'logIn(input: {login: "user2", password: "x", useCookie: true})'
    data = await made.data(f"mutation {{ {login} {{ token expiresAt viewer {{ email }} {ERRORS} }} }}")
    error = {"code": "INVALID", "field": ["password"], "message": "No."}
    assert data == {"logIn": {"token": None, "expiresAt": None, "viewer": None, "userErrors": [error]}}
    assert made.cookies == FakeCookies()


async def test_what_a_user_cannot_mend_is_no_user_error() -> None:
    made = api(None)
    made.fake.refusal = RateLimited("Later.", 7)
    data, errors = await made.run('mutation { logIn(input: {login: "user2", password: "x"}) { token } }')
    assert data is None
    assert [(path, str(cause)) for path, cause in errors] == [(["logIn"], "Later.")]


async def test_a_write_stands_even_if_reading_it_back_fails() -> None:
    made = api()
    made.world.down = {"tweets"}
    data, errors = await made.run(f'mutation {{ createTweet(input: {{text: "hi"}}) {{ tweet {{ id }} {ERRORS} }} }}')
    assert data == {"createTweet": {"tweet": None, "userErrors": []}}
    assert [path for path, _ in errors] == [["createTweet", "tweet"]]
