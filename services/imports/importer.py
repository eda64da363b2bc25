"""Writes the rows of files in batches, each with one event that tells of all its facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.accounts import Account
from domain.graph import Follow
from domain.refusals import Refused
from domain.tweets import NewTweet
from events import Event, Followed, SignedUp
from services.dispatch import Dispatcher
from services.fan_out import FanOut
from services.graph import GraphService
from services.imports.backlog import Backlog
from services.imports.files import BadLine, ColumnFile
from services.imports.ids import ImportIds
from services.imports.progress import Progress
from services.imports.rows import FollowRow, TweetRow, follow_rows, tweet_rows, unix_ms
from services.snowflakes import Snowflakes
from services.tweets import check_text, famous_among, posted
from stores.accounts import AccountStore
from stores.graph import GraphStore
from stores.imports import ImportRun
from stores.tweets import TweetStore

ROWS_AT_ONCE = 1_000
TWEETS_AT_ONCE = 250
"""Less than rows, since fanning all of them out is one job, of limited time."""

Row = TypeVar("Row")


class Clash(Exception):
    """What a row would write is there already as somebody else's; the message tells which."""


@dataclass(frozen=True, slots=True)
class TweetToImport:
    line: int
    id: int
    author_id: int
    text: str


class Importer:
    def __init__(
        self,
        accounts: AccountStore,
        graph: GraphStore,
        tweets: TweetStore,
        people: GraphService,
        fan_out: FanOut,
        dispatcher: Dispatcher,
        snowflakes: Snowflakes,
        backlog: Backlog,
        progress: Progress,
    ) -> None:
        self._accounts = accounts
        self._graph = graph
        self._tweets = tweets
        self._people = people
        self._fan_out = fan_out
        self._dispatcher = dispatcher
        self._snowflakes = snowflakes
        self._backlog = backlog
        self._progress = progress
        self._ids: dict[str, int] = {}

    async def people(self, handles: Sequence[str], password_hash: str | None) -> int:
        """Makes accounts for the handles that have none; how many. Those of people who signed up are left alone, and
        rows that name them will be left out."""
        added = 0
        self._progress.begin("people", len(handles))
        for start in range(0, len(handles), ROWS_AT_ONCE):
            await self._backlog.room()
            batch = handles[start : start + ROWS_AT_ONCE]
            added += await self._add_people(batch, password_hash)
            self._progress.advance(len(batch))
        self._progress.finish()
        return added

    async def follows(self, file: ColumnFile) -> int:
        """Adds the edges that are missing, their ids rising in line order; how many. Protected people are asked
        instead, and the edge comes when they accept. `people` came before."""
        added = 0
        self._progress.begin("follows", file.rows)
        for batch in self._batches(self._edges(file), ROWS_AT_ONCE):
            await self._backlog.room()
            added += await self._add_follows(batch)
            self._progress.advance(len(batch))
        self._progress.finish()
        return added

    async def tweets(self, file: ColumnFile, run: ImportRun) -> tuple[list[int], int]:
        """Adds the tweets that are missing; the ids of all, and how many were added. `people` came before. Raises
        Clash."""
        ids: list[int] = []
        added = 0
        self._progress.begin("tweets", file.rows)
        for batch in self._batches(self._checked(file, run), TWEETS_AT_ONCE):
            await self._backlog.fanned_out()
            added += await self._add_tweets(file, batch)
            ids += [tweet.id for tweet in batch]
            self._progress.advance(len(batch))
        self._progress.finish()
        return ids, added

    async def _add_people(self, handles: Sequence[str], password_hash: str | None) -> int:
        known = dict(await self._accounts.ids_by_handle(handles))
        signed_up = {
            account.id for account in (await self._accounts.by_ids([*known.values()])).values() if account.email
        }
        missing = [handle for handle in handles if handle.lower() not in known]
        if missing:
            known |= await self._create(missing, password_hash)
        people = [(known[handle.lower()], handle, handle) for handle in handles]
        await self._people.ensure_people([person for person in people if person[0] not in signed_up])
        self._ids |= {handle: user_id for handle, user_id in known.items() if user_id not in signed_up}
        return len(missing)

    async def _create(self, handles: Sequence[str], password_hash: str | None) -> dict[str, int]:
        accounts = [Account(self._snowflakes.mint(), handle, None, password_hash) for handle in handles]
        told = tuple((account.id, account.handle, account.handle) for account in accounts)
        event = Event(self._snowflakes.mint(), SignedUp(told))
        created = dict(await self._accounts.create_missing(accounts, event))
        if created != {account.handle.lower(): account.id for account in accounts}:
            raise Clash("Handles of this import were taken while it ran; run it again.")
        await self._dispatcher.dispatch(event)
        return created

    async def _add_follows(self, edges: Sequence[tuple[int, int]]) -> int:
        event = Event(self._snowflakes.mint(), Followed(tuple(edges)))
        follows = [Follow(self._snowflakes.mint(), follower_id, followee_id) for follower_id, followee_id in edges]
        added = (await self._graph.follow(follows, event)).followed
        if added:
            # Before the dispatch, so that whoever hears of the change finds it in the timeline. The event has all edges
            # of the batch, since what becomes of them is known only when it is written: reading counts those there are.
            await self._fan_out.followed([(follow.follower_id, follow.followee_id) for follow in added])
            await self._dispatcher.dispatch(event)
        return len(added)

    async def _add_tweets(self, file: ColumnFile, batch: Sequence[TweetToImport]) -> int:
        event_id = self._snowflakes.mint()
        famous = await famous_among(self._graph, list({tweet.author_id for tweet in batch}))
        new = [
            NewTweet(each.id, event_id, each.author_id, each.text, each.id, pulled=each.author_id in famous)
            for each in batch
        ]
        event = posted(event_id, new)
        written = set(await self._tweets.create_missing(new, event))
        if written:
            await self._dispatcher.dispatch(event)
        await self._compare(file, [tweet for tweet in batch if tweet.id not in written])
        return len(written)

    async def _compare(self, file: ColumnFile, present: Sequence[TweetToImport]) -> None:
        """Those that are there already must be the same, unless they were deleted meanwhile."""
        stored = await self._tweets.tweets([tweet.id for tweet in present]) if present else {}
        for tweet in present:
            there = stored.get(tweet.id)
            if there and (there.author_id, there.text) != (tweet.author_id, tweet.text):
                raise Clash(f"{file.path}, line {tweet.line}: its id {tweet.id} belongs to another tweet.")

    def _edges(self, file: ColumnFile) -> Iterator[tuple[int, int] | BadLine]:
        for row in follow_rows(file):
            if isinstance(row, BadLine):
                yield row
            else:
                yield self._edge(file, row)

    def _edge(self, file: ColumnFile, row: FollowRow) -> tuple[int, int] | BadLine:
        try:
            return self._person(row.follower), self._person(row.followed)
        except ValueError as error:
            return BadLine(file.path, row.line, str(error))

    def _checked(self, file: ColumnFile, run: ImportRun) -> Iterator[TweetToImport | BadLine]:
        """Rows whose text is refused take an id as well: the others keep theirs when the rules of texts change."""
        ids = ImportIds(run)
        for row in tweet_rows(file):
            if isinstance(row, BadLine):
                yield row
            else:
                yield self._tweet(file, run, ids, row)

    def _tweet(self, file: ColumnFile, run: ImportRun, ids: ImportIds, row: TweetRow) -> TweetToImport | BadLine:
        try:
            tweet_id = ids.next(unix_ms(row.created_at, run.started_ms) if row.created_at else None)
            check_text(row.text)
            return TweetToImport(row.line, tweet_id, self._person(row.author), row.text)
        except (ValueError, Refused) as error:
            return BadLine(file.path, row.line, str(error))

    def _person(self, handle: str) -> int:
        user_id = self._ids.get(handle.lower())
        if user_id is None:
            raise ValueError(f"the handle {handle} belongs to somebody who signed up")
        return user_id

    def _batches(self, rows: Iterable[Row | BadLine], size: int) -> Iterator[list[Row]]:
        """The good rows; the bad ones are reported."""
        batch: list[Row] = []
        for row in rows:
            if isinstance(row, BadLine):
                self._progress.bad_line(row)
                self._progress.advance(1)
                continue
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
