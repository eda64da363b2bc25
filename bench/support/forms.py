"""Benchmarks that run on either form of the product."""

import argparse

from tests.support.forms import EMBEDDED


def arguments(name: str, default: int) -> argparse.ArgumentParser:
    """Of a benchmark that takes a number and a form."""
    parser = argparse.ArgumentParser()
    parser.add_argument(name, type=int, nargs="?", default=default)
    parser.add_argument("--form", choices=[EMBEDDED, "scaled_out"], default=EMBEDDED)
    return parser
