"""`python -m commands.migrate` brings the stores that the environment names, or the embedded ones, up to date."""

import asyncio
import sys

from commands.reaching import reached
from migrations.targets import migrate_all
from settings import Settings
from startup import failures_told, read_settings
from stores.asking import reach_all


def main() -> None:
    """Prints the name of each migration that was applied."""
    with failures_told(), reached(read_settings()) as servers:
        applied = asyncio.run(_migrate(servers.settings))
        sys.stdout.write("".join(f"{name}\n" for name in applied) or "Up to date.\n")


async def _migrate(settings: Settings) -> list[str]:
    await reach_all(settings)
    return await migrate_all(settings)


if __name__ == "__main__":
    main()
