"""Small networks of people who follow, block and retweet each other, and an oracle of who may see whom."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from domain.access import Boundaries
from tests.unit.resolvers.fakes import Api
from tests.unit.resolvers.records import make_session, make_tweet, make_user

PEOPLE = range(1, 6)

Edges = set[tuple[int, int]]
edges: st.SearchStrategy[Edges] = st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)), max_size=8).map(
    lambda pairs: {(one, other) for one, other in pairs if one != other}
)


@dataclass(frozen=True)
class Network:
    """Everybody's tweet has a hundred times their number as id; `retweets` are (who, whose)."""

    viewer: int | None
    protected: set[int]
    blocks: Edges
    follows: Edges
    retweets: Edges

    def sees(self, person: int) -> bool:
        """The oracle."""
        if person == self.viewer:
            return True
        if {(self.viewer, person), (person, self.viewer)} & self.blocks:
            return False
        return person not in self.protected or (self.viewer, person) in self.follows

    def api(self) -> Api:
        api = Api(viewer=make_session(self.viewer) if self.viewer else None)
        world = api.world
        world.users = {person: make_user(person, is_protected=person in self.protected) for person in PEOPLE}
        world.follows = set(self.follows)
        world.boundaries = {
            person: Boundaries(
                frozenset(blocked for blocker, blocked in self.blocks if blocker == person),
                frozenset(blocker for blocker, blocked in self.blocks if blocked == person),
            )
            for person in PEOPLE
        }
        world.tweets = {100 * person: make_tweet(100 * person, person) for person in PEOPLE}
        world.tweets |= {
            self.retweet_id(who, whose): make_tweet(
                self.retweet_id(who, whose), who, "", retweet_of=100 * whose, retweet_of_author=whose
            )
            for who, whose in self.retweets
        }
        return api

    @staticmethod
    def retweet_id(who: int, whose: int) -> int:
        return 100 * who + whose

    def visible(self) -> set[int]:
        """Ids of all tweets that the oracle shows."""
        shown = {100 * person for person in PEOPLE if self.sees(person)}
        retweets = {(who, whose) for who, whose in self.retweets if self.sees(who) and self.sees(whose)}
        return shown | {self.retweet_id(*retweet) for retweet in retweets}


networks = st.builds(
    Network,
    st.none() | st.sampled_from(PEOPLE),
    st.sets(st.sampled_from(PEOPLE)),
    edges,
    edges,
    edges,
)


def quoted(ids: Iterable[str]) -> str:
    """Ids as the members of a list in a query."""
    return ", ".join(f'"{each}"' for each in ids)
