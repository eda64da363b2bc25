"""Fields that tell how the viewer stands to a tweet or a person: loaded for one, or for many viewers at once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.access import Access, Boundaries
from loaders import Loaders, Stores


class ViewerField(Enum):
    """Those of tweets, then those of people."""

    LIKES = "viewerLikes"
    RETWEETED = "viewerRetweeted"
    FOLLOWS = "viewerFollows"
    HAS_REQUESTED = "viewerHasRequested"
    FOLLOWED_BY = "followsViewer"
    BLOCKS = "viewerBlocks"
    MUTES = "viewerMutes"
    BLOCKED_BY = "blocksViewer"


_WALLS: dict[ViewerField, Callable[[Boundaries], frozenset[int]]] = {
    ViewerField.BLOCKS: lambda walls: walls.blocks,
    ViewerField.MUTES: lambda walls: walls.mutes,
    ViewerField.BLOCKED_BY: lambda walls: walls.blocked_by,
}


@dataclass(frozen=True, slots=True)
class Hole:
    """A viewer's field in a result for many: where in the response, and whom or what it is about."""

    path: Sequence[str | int]
    field: ViewerField
    subject_id: int


async def load(field: ViewerField, loaders: Loaders, viewer_id: int, subject_id: int) -> bool | None:
    """A viewer's field for one viewer."""
    if field in (ViewerField.LIKES, ViewerField.RETWEETED):
        marks = await loaders.tweets.marks.load(subject_id)
        if marks is None:
            return None
        return marks.likes if field is ViewerField.LIKES else marks.retweeted
    if field in _WALLS:
        return subject_id in _WALLS[field](await loaders.graph.guard.boundaries())
    pair = (subject_id, viewer_id) if field is ViewerField.FOLLOWED_BY else (viewer_id, subject_id)
    loader = loaders.graph.requests if field is ViewerField.HAS_REQUESTED else loaders.graph.follows
    return await loader.load(pair)


async def fill(holes: Sequence[Hole], stores: Stores, viewers: Sequence[Access]) -> Sequence[Sequence[bool | None]]:
    """For each viewer the values of all holes, in their order: at most a call per kind of field, whatever the number of
    viewers. Guests have None. `viewers` have all whom they follow. Raises Unavailable."""
    told = await _ask(holes, stores, [viewer.viewer_id for viewer in viewers if viewer.viewer_id])
    return [[_value(hole, viewer, told) for hole in holes] for viewer in viewers]


Pairs = set[tuple[int, int]]


async def _ask(holes: Sequence[Hole], stores: Stores, viewer_ids: Sequence[int]) -> Mapping[ViewerField, Pairs]:
    """What only the stores know: (viewer id, subject id) of what is so; of FOLLOWED_BY the other way round."""

    def pairs(subjects: Collection[int]) -> Pairs:
        return {(viewer_id, subject) for viewer_id in viewer_ids for subject in subjects}

    def turned(subjects: Collection[int]) -> Pairs:
        return {(subject, viewer_id) for viewer_id, subject in pairs(subjects)}

    ask: dict[ViewerField, Callable[[Collection[int]], Awaitable[Pairs]]] = {
        ViewerField.LIKES: lambda subjects: stores.tweets.likes_among(viewer_ids, subjects),
        ViewerField.RETWEETED: lambda subjects: stores.tweets.retweets_among(viewer_ids, subjects),
        ViewerField.HAS_REQUESTED: lambda subjects: stores.graph.requests_among(pairs(subjects)),
        ViewerField.FOLLOWED_BY: lambda subjects: stores.graph.following_among(turned(subjects)),
    }
    subjects = {field: {hole.subject_id for hole in holes if hole.field is field} for field in ask}
    fields = [field for field in ask if subjects[field]]
    answers = await asyncio.gather(*(ask[field](subjects[field]) for field in fields))
    return dict(zip(fields, answers, strict=True))


def _value(hole: Hole, viewer: Access, told: Mapping[ViewerField, Pairs]) -> bool | None:
    subject, viewer_id = hole.subject_id, viewer.viewer_id
    if viewer_id is None:
        return None
    if hole.field in _WALLS:
        return subject in _WALLS[hole.field](viewer.boundaries)
    if hole.field is ViewerField.FOLLOWS:
        return subject in viewer.followees
    pair = (subject, viewer_id) if hole.field is ViewerField.FOLLOWED_BY else (viewer_id, subject)
    return pair in told[hole.field]
