"""What people do: on the system and the oracle, which must agree whether it is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import note

from tests.histories.histories import CROWD, PEOPLE, Step
from tests.histories.oracle import Network, Pair
from tests.histories.system import System

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


@dataclass(slots=True)
class Acting:
    """A method for each kind of step. `actors` are those who read and write."""

    system: System
    network: Network
    actors: list[int]

    async def sign_up(self, step: Step) -> None:
        person = self.network.join()
        note(f"{person} signs up")
        assert await self.system.sign_up()
        await self.system.saw(person, self.network.today)
        self.network.saw(person)
        self.actors.append(person)

    async def protect(self, step: Step) -> None:
        """Or no more."""
        who = self.who(step)
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
        whom = self.who(step)
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

    async def post(self, step: Step) -> None:
        await self.tweet(self.who(step))

    async def burst(self, step: Step) -> None:
        for _ in range(2 + step.pick % 4):
            await self.tweet(self.who(step))

    async def reply(self, step: Step) -> None:
        await self.tweet(self.who(step), reply_to=self._any_tweet(step))

    async def quote(self, step: Step) -> None:
        await self.tweet(self.who(step), quote_of=self._any_tweet(step))

    async def tweet(self, who: int, *, reply_to: int | None = None, quote_of: int | None = None) -> None:
        note(f"{who} posts {len(self.network.posts)}, a reply to {reply_to}, a quote of {quote_of}")
        done = await self.system.post(who, reply_to=reply_to, quote_of=quote_of)
        assert done == self.network.post(who, reply_to=reply_to, quote_of=quote_of)
        self._compare_numbers()

    async def retweet(self, step: Step) -> None:
        await self._on_tweet("retweet", self.who(step), self._any_tweet(step))

    async def unretweet(self, step: Step) -> None:
        await self._on_tweet("unretweet", self.who(step), self._any_tweet(step))

    async def delete(self, step: Step) -> None:
        """Mostly by the author."""
        number = self._any_tweet(step)
        who = self.who(step) if number is None or step.pick % 5 == 0 else self.network.posts[number].author
        await self._on_tweet("delete", who, number)

    async def _on_tweet(self, verb: str, who: int, number: int | None) -> None:
        if number is not None:
            note(f"{who} {verb}s {number}")
            done = await getattr(self.system, verb)(who, number)
            assert done == getattr(self.network, verb)(who, number)
            self._compare_numbers()

    def _compare_numbers(self) -> None:
        assert len(self.system.tweets) == len(self.network.posts)

    # Who, whom and what a step is about.

    def who(self, step: Step) -> int:
        return self.actors[step.who % len(self.actors)]

    def _two(self, step: Step) -> Pair:
        whom = self.actors[(step.who + step.whom) % len(self.actors)]
        return self.who(step), whom

    def _pair(self, pairs: Iterable[Pair], step: Step) -> Pair:
        """One of those that there are, or two people at random."""
        there = list(pairs)
        return there[step.pick % len(there)] if there else self._two(step)

    def _any_tweet(self, step: Step) -> int | None:
        """One of the tweets that there were, counted from the newest."""
        posts = len(self.network.posts)
        return posts - 1 - step.pick % posts if posts else None
