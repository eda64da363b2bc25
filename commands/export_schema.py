"""`python -m commands.export_schema` writes schema/schema.graphql; with `--check`, exits with 1 where that is stale."""

import argparse
import sys
from pathlib import Path

from schema import build_schema

PATH = Path(__file__).resolve().parent.parent / "schema" / "schema.graphql"


def export() -> str:
    """The schema in GraphQL's schema language: types by name, fields as they are declared."""
    return build_schema().as_str() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Write schema/schema.graphql.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the file is stale")
    exported = export()
    if not parser.parse_args().check:
        PATH.write_text(exported, encoding="utf-8")
        return 0
    if PATH.is_file() and PATH.read_text(encoding="utf-8") == exported:
        return 0
    sys.stderr.write("schema/schema.graphql is stale: run `python -m commands.export_schema`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
