"""The use cases, store-agnostic: what a mutation does, what a page is made of."""

from dataclasses import dataclass

from services.accounts import AccountService
from services.graph import GraphService
from services.live import LiveService
from services.media import MediaService
from services.presence import PresenceService
from services.search import SearchService
from services.timelines import TimelineService
from services.tweets import TweetService
from services.walls import WallService


@dataclass(frozen=True, slots=True)
class Services:
    """All that resolvers call."""

    accounts: AccountService
    graph: GraphService
    walls: WallService
    tweets: TweetService
    timelines: TimelineService
    search: SearchService
    media: MediaService
    live: LiveService
    presence: PresenceService
