"""Benchmarks that run on either form of the product."""

import argparse

from tests.support import stack
from tests.support.forms import EMBEDDED

stack.hide()


def arguments(**numbers: int) -> argparse.ArgumentParser:
    """Of a benchmark that takes these numbers, with their defaults, and a form."""
    parser = argparse.ArgumentParser()
    for name, default in numbers.items():
        parser.add_argument(name, type=int, nargs="?", default=default)
    parser.add_argument("--form", choices=[EMBEDDED, "scaled_out"], default=EMBEDDED)
    return parser
