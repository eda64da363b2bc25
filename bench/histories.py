"""Many random histories against the oracle of the network: `python -m bench.histories [EXAMPLES]`, by default 300;
with `--form scaled_out` on the servers that the environment names.

Ends with the shortest history found in which the system disagrees with the oracle, or with counts of what was played,
on an embedded Postgres and Valkey.
"""

import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from bench.support.forms import arguments
from stores.embedded import owned
from tests.histories.running import run
from tests.support.forms import form


def line(name: str, counts: Counter[str]) -> str:
    return f"{name}: " + ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common())


def main() -> None:
    asked = arguments(examples=300).parse_args()
    examples = asked.examples
    began = perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="starling-bench-", ignore_cleanup_errors=True) as folder,
        owned(Path(folder) / "data") as urls,
        form(asked.form) as form_urls,
    ):
        counts = run({"database_url": urls.database_url, "redis_url": urls.redis_url, **form_urls}, examples)
    seconds = perf_counter() - began
    print(f"{counts.histories:,} histories of {sum(counts.steps.values()):,} steps agree, in {seconds:,.0f} s")
    print(line("steps", counts.steps))
    print(line("jobs", counts.jobs))
    print(line("pages read", counts.pages))
    print(line("entries read", counts.sources))


if __name__ == "__main__":
    main()
