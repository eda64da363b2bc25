"""`python -m commands.demo` fills a small lively network, and prints two log-ins and queries to try."""

import asyncio
import logging
import sys

from rich.console import Console

from commands.demo_network import FOLLOWS, PASSWORD, PEOPLE, POSTS, Post
from commands.progress import Display
from commands.reaching import Reached, reached
from composition import Process, process
from domain.page import Window
from domain.refusals import Refused
from services.accounts import Origin
from services.imports.backlog import Backlog
from services.tweets import TweetDraft
from startup import failures_told, read_settings
from workers.settings import spawn_workers

LOGINS = ("pier_otter", "comet_baker")
"""The first follows the second."""
ORIGIN = Origin("demo", "Starling demo")

TRY = """
Log in as {logins}, each with the password "{password}".

{where}

Queries to try there, one after the other:

  mutation {{ logIn(input: {{ login: "{first}", password: "{password}", useCookie: true }}) {{
    viewer {{ user {{ handle }} }} userErrors {{ message }} }} }}

  {{ timeline(first: 10) {{ edges {{ source node {{ text author {{ handle }} likeCount quoteOf {{ text }} }} }} }} }}

  {{ search(query: "#weather or bread") {{ edges {{ highlight node {{ ... on Tweet {{ author {{ handle }} }} }} }} }} }}

  subscription {{ timelineUpdates {{ ... on TimelineTweetAdded {{ tweet {{ text author {{ handle }} }} }} }} }}

While the last one runs, log in as {second} in a private window and tweet: {first} follows them.
"""


class Demo:
    """Acts as its people would. What is there from another run stays as it is."""

    def __init__(self, composed: Process) -> None:
        self._services = composed.services
        self._tweets = composed.stores.tweets
        self._people: dict[str, int] = {}
        self._posts: dict[str, int] = {}

    async def play(self) -> None:
        """Raises Refused where somebody else has one of the handles."""
        self._people = dict(zip(PEOPLE, await asyncio.gather(*map(self._enter, PEOPLE)), strict=True))
        for follower, followees in FOLLOWS.items():
            for followee in followees.split():
                await self._services.graph.follow(self._people[follower], self._people[followee])
        said = await self._said()
        for number, post in enumerate(POSTS):
            tweet_id = said.get((self._people[post.author], post.text)) or await self._say(number, post)
            self._posts[post.name] = tweet_id
            await self._respond(post, tweet_id)

    async def _enter(self, handle: str) -> int:
        try:
            entered = await self._services.accounts.log_in(login=handle, password=PASSWORD, origin=ORIGIN)
        except Refused:
            name, bio = PEOPLE[handle]
            entered = await self._services.accounts.sign_up(
                handle=handle, email=f"{handle}@example.org", password=PASSWORD, display_name=name, origin=ORIGIN
            )
            await self._services.graph.update_profile(entered.session.account_id, display_name=None, bio=bio)
        return entered.session.account_id

    async def _said(self) -> dict[tuple[int, str], int]:
        """What the people have said before: idempotency keys are forgotten after a day."""
        pages = await self._tweets.by_author([*self._people.values()], Window(1_000), include_replies=True)
        tweets = await self._tweets.tweets([link.key for links in pages.values() for link in links])
        return {(tweet.author_id, tweet.text): tweet.id for tweet in tweets.values()}

    async def _say(self, number: int, post: Post) -> int:
        draft = TweetDraft(
            post.text,
            in_reply_to_id=self._posts[post.answers] if post.answers else None,
            quote_of_id=self._posts[post.quotes] if post.quotes else None,
            idempotency_key=f"demo-{number}",
        )
        return await self._services.tweets.create(self._people[post.author], draft)

    async def _respond(self, post: Post, tweet_id: int) -> None:
        for handle in post.liked.split():
            await self._services.tweets.like(self._people[handle], tweet_id)
        for handle in post.retweeted.split():
            await self._services.tweets.retweet(self._people[handle], tweet_id)


async def play(servers: Reached, display: Display) -> None:
    """Plays the demo on servers; on its own ones also sees to it that timelines and search have it all."""
    async with process(servers.settings) as composed:
        await Demo(composed).play()
        if servers.own:
            stores = composed.stores
            await spawn_workers(composed)
            backlog = Backlog(stores.queue, stores.event_logs, stores.search, display)
            await backlog.empty("timelines", "timeline")
            await backlog.empty("search", "search")


def main() -> int:
    """Plays the demo and says what to do with it; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    display = Display(Console())
    try:
        with failures_told():
            settings = read_settings()
            with reached(settings) as servers:
                asyncio.run(play(servers, display))
    except Refused as refused:
        sys.stderr.write(f"{refused} The demo's people need handles that nobody else has here.\n")
        return 1
    finally:
        display.close()
    url = f"http://{settings.host}:{settings.port}/graphql"
    where = f"Next: `make run`, then open {url}" if servers.own else f"Open {url}"
    first, second = LOGINS
    display.say(TRY.format(logins=f"{first} or {second}", first=first, second=second, password=PASSWORD, where=where))
    return 0


if __name__ == "__main__":
    sys.exit(main())
