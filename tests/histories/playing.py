"""Plays a history on the oracle and the system, which must agree at every reading."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import note

from tests.histories.acting import Acting
from tests.histories.histories import CROWD, PEOPLE, Step
from tests.histories.mishaps import Mishaps
from tests.histories.opening import ACTIVE_DAYS, FAMOUS, PASSIVE_DAYS, STAYS_FAMOUS
from tests.histories.oracle import Network, Pair, Rules
from tests.histories.reading import Reading
from tests.histories.system import System

RULES = Rules(famous=FAMOUS, stays_famous=STAYS_FAMOUS, active=ACTIVE_DAYS, passive=PASSIVE_DAYS)
MEANWHILE = ("follow", "unfollow", "crowd", "days", "read", "lose_timeline", "lose_index")
"""Steps that something else may miss."""

PASSING = (1, 6, 8, 23, 31)
"""Days: to leave a class at once, or by and by."""


@dataclass
class Play:
    system: System
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.actors = list(range(PEOPLE))
        self.network = Network(RULES)
        self.reading = Reading(self.system, self.network)
        self.mishaps = Mishaps(self.system, self.network)
        self.acting = Acting(self.system, self.network, self.actors)

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
        performers = (self, self.acting, self.mishaps)
        [act] = (getattr(each, step.kind) for each in performers if hasattr(each, step.kind))
        await act(step)

    async def end(self) -> None:
        """All is done, and pages are what the lists tell. Some read what they have now; all post, and the others come
        who were away still; and then all, now that everybody is back. What was made wrong on the way shows here."""
        await self._read_all(self.actors[::2])
        for author in self.actors:
            await self.acting.tweet(author)
        await self._read_all(self.actors[1::2])
        await self._read_all(self.actors)
        for viewer in self.actors:
            await self.reading.oneself(viewer)
            await self.reading.people(viewer)
        for guest_or_viewer in (None, *self.actors):
            await self.reading.tweets(guest_or_viewer, indexed=True)

    async def _read_all(self, readers: Sequence[int]) -> None:
        note("all is done, and not in the live log any more")
        await self.system.settle()
        for reader in readers:
            await self._reads(reader, 4)

    async def lose_timeline(self, step: Step) -> None:
        """Whoever has lost it reads."""
        reader = self.acting.who(step)
        note(f"the timeline of {reader} is lost")
        await self.system.lose_timelines([reader])
        await self.reading.first_page(reader, 1 + step.pick % 4)

    async def read(self, step: Step) -> None:
        await self._reads(self.acting.who(step), 1 + step.pick % 4)

    async def read_on(self, step: Step) -> None:
        if cursors := self.reading.cursors:
            await self.reading.on_from(self.acting.who(step), -1 - step.pick % len(cursors), 1 + step.whom)
            await self._saw(self.acting.who(step))

    async def read_back(self, step: Step) -> None:
        await self.reading.last_page(self.acting.who(step), 1 + step.whom)
        await self._saw(self.acting.who(step))
        if cursors := self.reading.cursors:
            await self.reading.back_from(self.acting.who(step), -1 - step.pick % len(cursors), 1 + step.whom)

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
        viewer = self.acting.who(step)
        note(f"{viewer} looks at all there is")
        await self.reading.oneself(viewer)
        await self.reading.people(viewer)
        await self.reading.tweets(viewer, indexed=False)

    async def _saw(self, person: int) -> None:
        await self.system.saw(person, self.network.today)
        self.network.saw(person)
        await self.reading.activity(person)

    async def overtake(self, step: Step) -> None:
        """A job stops in the midst of its work, and goes on when something has happened to the one whom it is about,
        everybody has posted, and all other jobs are done."""
        await self.mishaps.job_paused(step)
        await self.step(replace(step, kind=MEANWHILE[step.pick % len(MEANWHILE)], who=self._about(step)))
        for author in self.actors:
            await self.acting.tweet(author)
        await self.mishaps.jobs(step)
        await self.mishaps.job_released(step)

    def _about(self, step: Step) -> int:
        """The number of the actor whom the paused job is about, or who does the step."""
        paused, user_ids = self.system.jobs.paused, self.system.user_ids
        about = paused.job.subject if paused else None
        actors = [at for at, actor in enumerate(self.actors) if user_ids[actor] == about]
        return actors[0] if actors else step.who
