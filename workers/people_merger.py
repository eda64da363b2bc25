"""The graph consumer: whoever signed up has a node in the follow graph, even if the request ended before it was
made."""

from events import Event, SignedUp
from services.graph import GraphService


class PeopleMerger:
    def __init__(self, graph: GraphService) -> None:
        self._graph = graph

    async def consume(self, event: Event, *, redelivered: bool) -> None:
        match event.body:
            case SignedUp(accounts):
                await self._graph.ensure_people(accounts)
            case _:
                raise ValueError(f"not for the graph consumer: {event}")
