"""How far a reader is in the event log.

Events are read in the order of their stamps. One may be committed after a later one was read; so each minute is counted
again when it is over, and a place tells how many events of each minute lie before it. Events are never taken out of a
minute before the log forgets all of it: as many are the same.
"""

from dataclasses import dataclass, replace
from typing import Self

from stores.events.cassandra.writing import MINUTE_US

Key = tuple[int, int]
"""An event's stamp and id."""


@dataclass(frozen=True, slots=True)
class Place:
    """`last`: all events up to this key were given, those excepted that came late. `first`: the first minute that has
    to be counted again. `given`: how many events of each minute from there on, of those that had any. `again`: up to
    where a minute is given anew; `given` counts anew for it."""

    last: Key
    first: int
    given: tuple[tuple[int, int], ...] = ()
    again: Key | None = None

    @classmethod
    def start(cls, oldest: int, settled: int) -> Self:
        """Before all events from a stamp on; what lies before the other one will not come any more if it is not there
        now."""
        return cls((oldest, -1), settled // MINUTE_US)

    @classmethod
    def parse(cls, position: str) -> Self:
        last, first, again, *given = position.split(";")
        return cls(_pair(last), int(first), tuple(map(_pair, given)), _pair(again) if again else None)

    def __str__(self) -> str:
        again = "{}:{}".format(*self.again) if self.again else ""
        return ";".join(("{}:{}".format(*self.last), str(self.first), again, *map("{0[0]}:{0[1]}".format, self.given)))

    @property
    def minute(self) -> int:
        """That of the last event given in its turn."""
        return self.last[0] // MINUTE_US

    def of(self, minute: int) -> int:
        """How many events of a minute were given."""
        return dict(self.given).get(minute, 0)

    def after(self, key: Key) -> Self:
        """With one more event, given in its turn."""
        minute = key[0] // MINUTE_US
        return replace(self._counted(minute, self.of(minute) + 1), last=key)

    def begun_again(self, minute: int) -> Self:
        """At the beginning of a minute that is given anew."""
        return replace(self._counted(minute, 0), again=(minute * MINUTE_US, -1))

    def after_again(self, key: Key) -> Self:
        """With one more event of the minute that is given anew."""
        minute = key[0] // MINUTE_US
        return replace(self._counted(minute, self.of(minute) + 1), again=key)

    def passed(self, minute: int) -> Self:
        """Where all before a minute was given that there is."""
        return replace(self, last=max(self.last, (minute * MINUTE_US, -1)))

    def without(self, minute: int) -> Self:
        """Where no minute before this one need be counted again."""
        return replace(self, first=minute, given=tuple(pair for pair in self.given if pair[0] >= minute))

    def _counted(self, minute: int, events: int) -> Self:
        if minute < self.first:
            return self
        return replace(self, given=tuple(sorted((dict(self.given) | {minute: events}).items())))


def _pair(text: str) -> Key:
    first, second = text.split(":")
    return int(first), int(second)
