"""What subscriptions of one broadcast must get, told step by step: plain lists, and no event loop."""

from dataclasses import dataclass, field

from tests.unit.transport.listening import Json, payload
from tests.unit.transport.worlds import FAILING

OUTBOX = 3
ROOM = 2


@dataclass(frozen=True)
class Asked:
    """A subscription: whose it is, whether the newest of its events is enough, and if its end by slowness is an event
    (that of the number) or an error."""

    viewer_id: int | None
    coalesces: bool
    too_slow: int | None


@dataclass
class Expected:
    """One subscription. `pending` are numbers of events, and whether their bytes are there."""

    asked: Asked
    log: list[object] = field(default_factory=list)
    pending: dict[int, bool] = field(default_factory=dict)
    is_writable: bool = True
    is_over: bool = False
    is_closed: bool = False
    last: Json = field(default_factory=dict)

    @property
    def listens(self) -> bool:
        return not (self.is_over or self.is_closed)

    def send(self) -> None:
        while self.pending and self.is_writable:
            number = next(iter(self.pending))
            if not self.pending[number]:
                return
            del self.pending[number]
            self.log.append({"id": "s", "type": "next", "payload": payload(number, self.asked.viewer_id)})
        if self.is_over and self.is_writable and not self.is_closed:
            self.is_closed = True
            self.log += ["over", self.last]

    def end(self, error: Json | None) -> None:
        self.is_over = True
        self.last = {"id": "s", "type": "error", "payload": [error]} if error else {"id": "s", "type": "complete"}


SLOW: Json = {"message": "slow", "extensions": {"code": "BAD_USER_INPUT"}}


class Oracle:
    """All of them. A batch is whoever was told of the same event since the loop was last idle."""

    def __init__(self, asked: list[Asked], apart: set[int | None]) -> None:
        self.subscriptions = [Expected(each) for each in asked]
        self.executed: set[int] = set()
        self.own: list[int | None] = []
        self.fills: list[list[int | None]] = []
        self._apart = apart
        self._batches: list[tuple[int, list[int | None]]] = []
        self._fresh: dict[int, list[int | None]] = {}

    def tell(self, number: int, who: Expected) -> None:
        if who.asked.coalesces:
            who.pending.clear()
        if len(who.pending) < OUTBOX:
            self._take(number, who)
        else:
            who.pending.clear()
            self.end(who, who.asked.too_slow, SLOW if who.asked.too_slow is None else None)

    def end(self, who: Expected, last: int | None, error: Json | None) -> None:
        who.end(error)
        if last is not None:
            self._take(last, who)
        else:
            who.send()

    def _take(self, number: int, who: Expected) -> None:
        who.pending[number] = False
        self.executed.add(number)
        if number not in self._fresh:
            self._fresh[number] = []
            self._batches.append((number, self._fresh[number]))
        self._fresh[number].append(who.asked.viewer_id)

    def idle(self, shut: set[int], *, is_fill_refused: bool) -> None:
        """What is not shut is there now."""
        self._fresh = {}
        done = [batch for batch in self._batches if batch[0] not in shut]
        self._batches = [batch for batch in self._batches if batch[0] in shut]
        for number, viewers in done:
            sharing = [viewer for viewer in viewers if viewer not in self._apart]
            self.own += [viewer for viewer in viewers if viewer in self._apart]
            if sharing and number not in FAILING:
                self.fills.append(sharing)
                self.own += sharing if is_fill_refused else []
        for who in self.subscriptions:
            who.pending = {number: number not in shut for number in who.pending}
            who.send()
