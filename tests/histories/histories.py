"""Histories: what people do, what passes by itself, and what goes wrong, in any order."""

from dataclasses import dataclass

from hypothesis import strategies as st

PEOPLE = 4
"""Who is there at the beginning, reads and writes."""

CROWD = 5
"""Others, who only follow, and so make somebody famous."""

LONGEST = 40
SHORTEST = 20
"""Steps. Those in which nothing happens are what a history that shows a fault is cut short by."""

WEIGHTS = {
    "nothing": 1,
    "post": 8,
    "burst": 4,
    "reply": 1,
    "quote": 2,
    "retweet": 4,
    "unretweet": 1,
    "delete": 2,
    "follow": 6,
    "unfollow": 2,
    "crowd": 4,
    "protect": 2,
    "accept": 2,
    "reject": 1,
    "block": 2,
    "unblock": 1,
    "mute": 3,
    "unmute": 1,
    "sign_up": 1,
    "read": 8,
    "read_on": 2,
    "read_back": 2,
    "look": 2,
    "days": 5,
    "classify": 1,
    "refresh": 2,
    "lose_timeline": 3,
    "lose_index": 2,
    "lose_everything": 1,
    "job": 4,
    "job_repeated": 2,
    "job_broken_off": 2,
    "job_paused": 2,
    "job_released": 1,
    "overtake": 6,
    "jobs": 3,
    "settle": 4,
    "forget": 1,
}
"""What can happen in a step, and how often of so many."""


@dataclass(frozen=True, slots=True)
class Step:
    """`who` does it, `whom` is another person, counted on from `who`; `pick` chooses among what there is then. A job
    that is cut short makes so many `calls` of stores before."""

    kind: str
    who: int
    whom: int
    pick: int
    calls: int


@dataclass(frozen=True, slots=True)
class History:
    """Begins with who of the people follows whom, and whom the whole crowd follows."""

    follows: tuple[tuple[int, int], ...]
    famous: tuple[int, ...]
    steps: tuple[Step, ...]

    @property
    def edges(self) -> list[tuple[int, int]]:
        """Who follows whom at the beginning."""
        crowd = range(PEOPLE, PEOPLE + CROWD)
        return [*self.follows, *((fan, famous) for famous in self.famous for fan in crowd)]


_KINDS = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]

_people = st.integers(0, PEOPLE - 1)
_steps = st.builds(
    Step, st.sampled_from(_KINDS), _people, st.integers(1, PEOPLE - 1), st.integers(0, 99), st.integers(0, 9)
)

histories = st.builds(
    History,
    st.sets(st.tuples(_people, _people).filter(lambda pair: pair[0] != pair[1]), max_size=9).map(sorted).map(tuple),
    st.sets(_people, max_size=2).map(sorted).map(tuple),
    st.lists(_steps, min_size=SHORTEST, max_size=LONGEST).map(
        lambda steps: tuple(step for step in steps if step.kind != "nothing")
    ),
)
