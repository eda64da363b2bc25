"""Ids of imported tweets: made from the row's date, the file and the line alone, so that a row gets the same again."""

from domain.snowflake import MAX_NODE, MAX_SEQUENCE, compose
from stores.imports import ImportRun
from stores.nodes import LEASED_NODES

NODES = MAX_NODE + 1 - LEASED_NODES


def run_length_ms(rows: int) -> int:
    """How many milliseconds after its start the ids of a run's rows reach, if none has a date."""
    return rows // (MAX_SEQUENCE + 1)


class ImportIds:
    """The ids of one file's rows, to be asked for in the order of its lines.

    The run's number picks the node; the rows of a millisecond are numbered in the order of their lines, and where a
    millisecond is full, its further rows go on in the next.
    """

    def __init__(self, run: ImportRun) -> None:
        self._node = LEASED_NODES + run.number % NODES
        self._started_ms = run.started_ms
        self._used: dict[int, int] = {}
        self._after_full: dict[int, int] = {}

    def next(self, ms: int | None) -> int:
        """The id of the next row of a Unix time in milliseconds; None: of the run's start. Distinct, and rising among
        the rows of one time."""
        wanted = self._started_ms if ms is None else ms
        free = self._free(wanted)
        sequence = self._used.get(free, 0)
        self._used[free] = sequence + 1
        if sequence == MAX_SEQUENCE:
            self._after_full[free] = free + 1
        return compose(free, self._node, sequence)

    def _free(self, wanted: int) -> int:
        """The first millisecond from there on that is not full; the way is remembered, lest each row walk it all."""
        free = wanted
        while free in self._after_full:
            free = self._after_full[free]
        if free != wanted:
            self._after_full[wanted] = free
        return free
