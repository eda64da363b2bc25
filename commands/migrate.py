"""`python -m commands.migrate` brings the database of STARLING_DATABASE_URL, or the embedded one, up to date."""

import asyncio
import sys

from commands.reaching import reached
from migrations.runner import migrate
from settings import Settings
from startup import failures_told, read_settings
from stores.reach import reach


def main() -> None:
    """Prints the name of each migration that was applied."""
    with failures_told(), reached(read_settings()) as servers:
        applied = asyncio.run(_migrate(servers.settings))
        sys.stdout.write("".join(f"{name}\n" for name in applied) or "Up to date.\n")


async def _migrate(settings: Settings) -> list[str]:
    await reach(settings)
    return await migrate(settings.database_url or "")


if __name__ == "__main__":
    main()
