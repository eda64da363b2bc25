"""An index that is made anew beside the one that serves."""

from stores.elasticsearch import Cluster, answering
from stores.search import Notes
from stores.search.elasticsearch.indexes import NEXT, Indexes
from stores.search.elasticsearch.state import MIGRATIONS, REBUILD, State
from stores.search.elasticsearch.store import ElasticsearchIndex


class ElasticsearchSearch(ElasticsearchIndex):
    """The whole port."""

    async def rebuild(self) -> "Beside":
        beside = await self._begun()
        if not beside.served:
            await self._copy_removed(beside.index)
        return beside

    @answering("search")
    async def _begun(self) -> "Beside":
        state = State(self._cluster)
        known = await state.get(REBUILD) or {"notes": {}, "served": False}
        beside = Beside(self._cluster, known["notes"], served=known["served"])
        migrations = await state.get(MIGRATIONS)
        if not beside.served and migrations:
            await Indexes(self._cluster).make_next(migrations["shapes"])
        await beside.note(beside.notes)
        return beside

    async def _copy_removed(self, index: ElasticsearchIndex) -> None:
        """Else a write that is late could bring back, in the new index, what was removed from the old one. Removals of
        the last second are to be found too."""
        await self.refresh()
        after = 0
        while tweet_ids := await self.removed(after):
            await index.remove_tweets(tweet_ids)
            after = tweet_ids[-1]


class Beside:
    """Kept in the state index: the notes, and whether the new indexes serve already."""

    def __init__(self, cluster: Cluster, notes: Notes, *, served: bool) -> None:
        self._cluster = cluster
        self._state, self._indexes = State(cluster), Indexes(cluster)
        self.notes = notes
        self.served = served

    @property
    def index(self) -> ElasticsearchIndex:
        return ElasticsearchIndex(self._cluster, "" if self.served else NEXT)

    @answering("search")
    async def note(self, notes: Notes) -> None:
        self.notes = notes
        await self._state.put(REBUILD, {"notes": notes, "served": self.served})

    @answering("search")
    async def serve(self) -> bool:
        """The new indexes are refreshed first, so that nothing is missing from them for a second."""
        if not self.served:
            await self._indexes.refresh_next()
            await self._indexes.swap()
            self.served = True
            await self.note(self.notes)
        return True

    @answering("search")
    async def finish(self) -> None:
        await self._indexes.drop_others()
        await self._state.drop(REBUILD)
