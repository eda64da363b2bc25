"""What is written while clients follow in chaos: tweets, deletes, follows and unfollows."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.faults.waiting import PAUSE_SECONDS
from tests.faults.writes import is_unavailable
from tests.support.clients import CREATE_TWEET, DELETE_TWEET, FOLLOW, UNFOLLOW, Account, GraphQLFailed, Json

CHANCES = {"tweet": 70, "delete": 14, "follow": 8, "unfollow": 8}


@dataclass
class Writer:
    """Writes for some authors and readers, one thing after the other, the same for the same seed. `answered` counts by
    kind. What was not answered is sent again: whether it was done the first time is for the timelines to say."""

    authors: Sequence[Account]
    readers: Sequence[Account]
    followed: Sequence[Account]
    answered: Counter[str]
    seed: int
    _chance: random.Random = field(init=False)
    _posted: list[tuple[Account, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def run(self, writes: int) -> None:
        for number in range(writes):
            kind = self._chance.choices(list(CHANCES), list(CHANCES.values()))[0]
            if kind == "delete" and self._posted:
                await self._delete(*self._posted.pop(self._chance.randrange(len(self._posted))))
            elif kind in ("follow", "unfollow"):
                await self._relate(kind)
            else:
                kind = "tweet"
                await self._tweet(f"number {number} of {self.seed}")
            self.answered[kind] += 1

    async def _tweet(self, text: str) -> None:
        author = self._chance.choice(self.authors)
        payload = await _send(author, CREATE_TWEET, input={"text": text})
        self._posted.append((author, payload["tweet"]["id"]))

    async def _delete(self, author: Account, tweet_id: str) -> None:
        """It is gone already where only the answer was lost."""
        await _send(author, DELETE_TWEET, ("NOT_FOUND",), id=tweet_id)

    async def _relate(self, kind: str) -> None:
        reader, other = self._chance.choice(self.readers), self._chance.choice(self.followed)
        await _send(reader, FOLLOW if kind == "follow" else UNFOLLOW, id=other.id)


async def _send(account: Account, query: str, if_repeated: Sequence[str] = (), **variables: Json) -> Json:
    """Until it is answered; the payload. `if_repeated`: codes of what a repeat may be told."""
    allowed: set[str] = set()
    while True:
        try:
            (payload,) = (await account.ask(query, **variables)).values()
        except httpx.TransportError:
            pass
        except GraphQLFailed as failure:
            if not is_unavailable(failure):
                raise
        else:
            assert {error["code"] for error in payload["userErrors"]} <= allowed, payload
            return payload
        allowed = set(if_repeated)
        await asyncio.sleep(PAUSE_SECONDS)
