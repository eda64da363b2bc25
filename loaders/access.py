"""What the viewer may see of what is read, by domain/access.py alone."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from strawberry.dataloader import DataLoader

from domain.access import OPEN, Access, Boundaries
from domain.graph import User
from domain.page import Link, Window
from domain.tweets import Tweet
from loaders.batches import Fetch, by_key
from stores.graph import Walls


class Guard:
    """`seen` gives those people whose tweets, likes and follows the viewer may see. `follows` takes (follower id,
    followee id); it is asked for the followees of protected people alone."""

    def __init__(
        self,
        walls: Walls,
        viewer_id: int | None,
        users: DataLoader[int, User | None],
        follows: DataLoader[tuple[int, int], bool | None],
    ) -> None:
        self._walls = walls
        self._viewer_id = viewer_id
        self._users = users
        self._follows = follows
        self._boundaries: DataLoader[int, Boundaries] = DataLoader(self._read_boundaries)
        self._followees: Collection[int] | None = None
        self.seen = by_key(self._seen)

    def start_from(self, access: Access) -> None:
        """What is known of the viewer, followees included, need not be read."""
        if access.viewer_id is not None:
            self._boundaries.prime(access.viewer_id, access.boundaries)
            self._followees = access.followees

    async def boundaries(self) -> Boundaries:
        """The viewer's, read once."""
        return OPEN if self._viewer_id is None else await self._boundaries.load(self._viewer_id)

    async def tweets(self, found: Mapping[int, Tweet]) -> Mapping[int, Tweet]:
        """Those that the viewer may see. Leaves their authors in the loader of users."""
        author_ids = {author_id for tweet in found.values() for author_id in tweet.author_ids}
        people = {person.id: person for person in await self._users.load_many(author_ids) if person}
        access = await self._access(people.values())
        return {tweet_id: tweet for tweet_id, tweet in found.items() if access.sees_tweet(tweet, people)}

    def lists(self, fetch: Fetch) -> Fetch:
        """Lists of people's that are empty where the viewer may not see what those people do."""

        async def fetch_seen(user_ids: Sequence[int], window: Window) -> Mapping[int, Sequence[Link]]:
            pages, people = await asyncio.gather(fetch(user_ids, window), self.seen.load_many(user_ids))
            return {person.id: pages.get(person.id, ()) for person in people if person}

        return fetch_seen

    async def _seen(self, user_ids: list[int]) -> Mapping[int, User]:
        people = [person for person in await self._users.load_many(user_ids) if person]
        access = await self._access(people)
        return {person.id: person for person in people if access.sees(person)}

    async def _access(self, people: Iterable[User]) -> Access:
        """What the viewer may see of these people."""
        viewer_id = self._viewer_id
        if self._followees is not None:
            return Access(viewer_id, await self.boundaries(), self._followees)
        protected = [person.id for person in people if person.is_protected and person.id != viewer_id]
        pairs = [(viewer_id, person_id) for person_id in protected] if viewer_id else []
        boundaries, follows = await asyncio.gather(self.boundaries(), self._follows.load_many(pairs))
        followees = {pair[1] for pair, is_followed in zip(pairs, follows, strict=True) if is_followed}
        return Access(viewer_id, boundaries, followees)

    def shows(self, access: Access) -> bool:
        """Whether all that this guard has shown is for that viewer too."""
        return access.viewer_id == self._viewer_id

    async def _read_boundaries(self, viewer_ids: list[int]) -> Sequence[Boundaries]:
        """There is one viewer."""
        return [await self._walls.boundaries(viewer_id) for viewer_id in viewer_ids]


class Showing(Guard):
    """Shows everything, for many viewers at once, and notes whose it is: who may not see all of it needs a guard of
    their own, and so does who is in it, since people see more of themselves."""

    def __init__(
        self,
        walls: Walls,
        viewer_id: int | None,
        users: DataLoader[int, User | None],
        follows: DataLoader[tuple[int, int], bool | None],
    ) -> None:
        super().__init__(walls, viewer_id, users, follows)
        self._shown: set[int] = set()
        self._protected: set[int] = set()

    def shows(self, access: Access) -> bool:
        if access.viewer_id in self._shown or not all(each in access.followees for each in self._protected):
            return False
        return access.boundaries is OPEN or not any(map(access.boundaries.parted, self._shown))

    async def tweets(self, found: Mapping[int, Tweet]) -> Mapping[int, Tweet]:
        self._shown.update(author_id for tweet in found.values() for author_id in tweet.author_ids)
        return await super().tweets(found)

    async def _access(self, people: Iterable[User]) -> Access:
        shown = list(people)
        self._shown.update(person.id for person in shown)
        self._protected.update(person.id for person in shown if person.is_protected)
        return Access(None, OPEN, {person.id for person in shown})
