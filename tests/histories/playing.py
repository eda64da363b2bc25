"""Plays a history on the oracle and the system, which must agree at every reading."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hypothesis import note

from tests.histories.histories import CROWD, PEOPLE, Step
from tests.histories.mishaps import Mishaps
from tests.histories.opening import ACTIVE_DAYS, FAMOUS, PASSIVE_DAYS, STAYS_FAMOUS
from tests.histories.oracle import Network, Pair, Rules
from tests.histories.reading import Reading
from tests.histories.system import System

RULES = Rules(famous=FAMOUS, stays_famous=STAYS_FAMOUS, active=ACTIVE_DAYS, passive=PASSIVE_DAYS)
PASSING = (1, 6, 8, 23, 31)
"""Days: to leave a class at once, or by and by."""

MUTATIONS = {
    "follow": "follow",
    "unfollow": "unfollow",
    "accept": "acceptFollowRequest",
    "reject": "rejectFollowRequest",
    "block": "block",
    "unblock": "unblock",
    "mute": "mute",
    "unmute": "unmute",
}
"""Those that take a person, by the names that the oracle has for them."""


@dataclass
class Play:
    system: System
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.network = Network(RULES)
        self.reading = Reading(self.system, self.network)
        self.mishaps = Mishaps(self.system, self.network)
        self.actors = list(range(PEOPLE))

    async def begin(self, edges: Sequence[Pair]) -> None:
        """Some who read and write, with empty timelines, and a crowd that never came; who of them follows whom."""
        await self.system.reset()
        await self.system.populate(PEOPLE + CROWD, edges)
        for _ in range(PEOPLE + CROWD):
            self.network.join()
        for edge in edges:
            self.network.follow(*edge)
        for person in self.actors:
            await self._saw(person)
        await self.system.settle()

    async def step(self, step: Step) -> None:
        self.counts[step.kind] += 1
        performer = self if hasattr(self, step.kind) else self.mishaps
        await getattr(performer, step.kind)(step)

    async def end(self) -> None:
        """Everybody reads while jobs wait, and again when all is done and the live log tells nothing any more."""
        for reader in self.actors:
            await self._reads(reader, 3)
        note("all is done, and everybody reads")
        await self.system.settle()
        for viewer in self.actors:
            await self.reading.walk(viewer, 2)
            await self.reading.oneself(viewer)
            await self.reading.people(viewer)
        for guest_or_viewer in (None, *self.actors):
            await self.reading.tweets(guest_or_viewer, indexed=True)

    # People.

    async def sign_up(self, step: Step) -> None:
        person = self.network.join()
        note(f"{person} signs up")
        assert await self.system.sign_up()
        await self._saw(person)
        self.actors.append(person)

    async def protect(self, step: Step) -> None:
        """Or no more."""
        who = self._who(step)
        protected = who not in self.network.protected
        note(f"{who} is {'' if protected else 'no more '}protected")
        assert await self.system.protect(who, protected=protected)
        self.network.protect(who, protected=protected)

    async def follow(self, step: Step) -> None:
        await self._act("follow", *self._two(step))

    async def unfollow(self, step: Step) -> None:
        await self._act("unfollow", *self._pair(self.network.follows, step))

    async def crowd(self, step: Step) -> None:
        """From now on so many of those who only follow do follow somebody."""
        whom = self._who(step)
        for at, fan in enumerate(range(PEOPLE, PEOPLE + CROWD)):
            follows = (fan, whom) in self.network.follows
            if follows != (at < CROWD - step.pick % 3):
                await self._act("unfollow" if follows else "follow", fan, whom)

    async def accept(self, step: Step) -> None:
        await self._act("accept", *self._pair(self.network.requests, step)[::-1])

    async def reject(self, step: Step) -> None:
        await self._act("reject", *self._pair(self.network.requests, step)[::-1])

    async def block(self, step: Step) -> None:
        await self._act("block", *self._two(step))

    async def unblock(self, step: Step) -> None:
        await self._act("unblock", *self._pair(self.network.blocks, step))

    async def mute(self, step: Step) -> None:
        await self._act("mute", *self._two(step))

    async def unmute(self, step: Step) -> None:
        await self._act("unmute", *self._pair(self.network.mutes, step))

    async def _act(self, verb: str, who: int, whom: int) -> None:
        note(f"{who} {verb}s {whom}")
        done = await self.system.act(MUTATIONS[verb], who, whom)
        assert done == getattr(self.network, verb)(who, whom)

    # Tweets.

    async def post(self, step: Step) -> None:
        await self._tweet(self._who(step))

    async def burst(self, step: Step) -> None:
        for _ in range(2 + step.pick % 4):
            await self._tweet(self._who(step))

    async def reply(self, step: Step) -> None:
        await self._tweet(self._who(step), reply_to=self._any_tweet(step))

    async def quote(self, step: Step) -> None:
        await self._tweet(self._who(step), quote_of=self._any_tweet(step))

    async def _tweet(self, who: int, *, reply_to: int | None = None, quote_of: int | None = None) -> None:
        note(f"{who} posts {len(self.network.posts)}, a reply to {reply_to}, a quote of {quote_of}")
        done = await self.system.post(who, reply_to=reply_to, quote_of=quote_of)
        assert done == self.network.post(who, reply_to=reply_to, quote_of=quote_of)
        self._compare_numbers()

    async def retweet(self, step: Step) -> None:
        await self._on_tweet("retweet", self._who(step), self._any_tweet(step))

    async def unretweet(self, step: Step) -> None:
        await self._on_tweet("unretweet", self._who(step), self._any_tweet(step))

    async def delete(self, step: Step) -> None:
        """Mostly by the author."""
        number = self._any_tweet(step)
        who = self._who(step) if number is None or step.pick % 5 == 0 else self.network.posts[number].author
        await self._on_tweet("delete", who, number)

    async def _on_tweet(self, verb: str, who: int, number: int | None) -> None:
        if number is not None:
            note(f"{who} {verb}s {number}")
            done = await getattr(self.system, verb)(who, number)
            assert done == getattr(self.network, verb)(who, number)
            self._compare_numbers()

    def _compare_numbers(self) -> None:
        assert len(self.system.tweets) == len(self.network.posts)

    # Reading.

    async def read(self, step: Step) -> None:
        await self._reads(self._who(step), 1 + step.pick % 4)

    async def read_on(self, step: Step) -> None:
        if cursors := self.reading.cursors:
            await self.reading.on_from(self._who(step), -1 - step.pick % len(cursors), 1 + step.whom)
            await self._saw(self._who(step))

    async def read_back(self, step: Step) -> None:
        await self.reading.last_page(self._who(step), 1 + step.whom)
        await self._saw(self._who(step))
        if cursors := self.reading.cursors:
            await self.reading.back_from(self._who(step), -1 - step.pick % len(cursors), 1 + step.whom)

    async def _reads(self, reader: int, size: int) -> None:
        """The first page before it is noted that the reader came, all of them afterwards."""
        await self.reading.first_page(reader, size)
        await self._saw(reader)
        await self.reading.walk(reader, size)

    async def days(self, step: Step) -> None:
        """Nobody comes for so long, and mostly the classifier finds out before somebody does."""
        self.network.today += PASSING[step.pick % len(PASSING)]
        note(f"it is day {self.network.today}")
        if step.who:
            await self.classify(step)

    async def classify(self, step: Step) -> None:
        note("classes are those of the day")
        await self.system.classify(self.network.today)
        self.network.classify()
        for person in self.actors:
            await self.reading.activity(person)

    async def look(self, step: Step) -> None:
        viewer = self._who(step)
        note(f"{viewer} looks at all there is")
        await self.reading.oneself(viewer)
        await self.reading.people(viewer)
        await self.reading.tweets(viewer, indexed=False)

    async def _saw(self, person: int) -> None:
        await self.system.saw(person, self.network.today)
        self.network.saw(person)

    # Who, whom and what a step is about.

    def _who(self, step: Step) -> int:
        return self.actors[step.who % len(self.actors)]

    def _two(self, step: Step) -> Pair:
        whom = self.actors[(step.who + step.whom) % len(self.actors)]
        return self._who(step), whom

    def _pair(self, pairs: Iterable[Pair], step: Step) -> Pair:
        """One of those that there are, or two people at random."""
        there = list(pairs)
        return there[step.pick % len(there)] if there else self._two(step)

    def _any_tweet(self, step: Step) -> int | None:
        """One of the tweets that there were, counted from the newest."""
        posts = len(self.network.posts)
        return posts - 1 - step.pick % posts if posts else None
