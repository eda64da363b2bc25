"""The arguments that many fields share."""

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many at most: 0 to 100, by default 20.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many of the last at most: 0 to 100, by default 20.")]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]
Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="A global id.")]
