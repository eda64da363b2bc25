"""Many random histories against the oracle of the network: `python -m bench.histories [EXAMPLES]`, by default 300.

Ends with the shortest history found in which the system disagrees with the oracle, or with counts of what was played,
on an embedded Postgres and Valkey.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from stores.embedded import owned
from tests.histories.running import run


def line(name: str, counts: Counter[str]) -> str:
    return f"{name}: " + ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common())


def main() -> None:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    began = perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="starling-bench-", ignore_cleanup_errors=True) as folder,
        owned(Path(folder) / "data") as urls,
    ):
        counts = run(urls.database_url, urls.redis_url, examples)
    seconds = perf_counter() - began
    print(f"{counts.histories:,} histories of {sum(counts.steps.values()):,} steps agree, in {seconds:,.0f} s")
    print(line("steps", counts.steps))
    print(line("jobs", counts.jobs))
    print(line("pages read", counts.pages))
    print(line("entries read", counts.sources))


if __name__ == "__main__":
    main()
