"""What is seen of a long command: bars in a terminal, a line per phase elsewhere."""

import time

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from services.imports.files import BadLine

BAD_LINES_SHOWN = 20


class RateColumn(ProgressColumn):
    """Steps per second, of the whole phase."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.completed / (task.elapsed or 1):,.0f}/s")


class Display:
    """Shows one phase after the other; `bad_lines` counts the lines that were left out."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Bars(
            TextColumn("{task.description:10}"),
            BarColumn(),
            MofNCompleteColumn(),
            RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = TaskID(0)
        self._phase = ""
        self._done = 0
        self._began_at = 0.0
        self.bad_lines = 0

    def begin(self, phase: str, total: int) -> None:
        self._phase, self._done, self._began_at = phase, 0, time.monotonic()
        self._bars.start()
        self._task = self._bars.add_task(phase, total=total)

    def advance(self, count: int) -> None:
        self._done += count
        self._bars.advance(self._task, count)

    def expect(self, total: int) -> None:
        """Of a phase whose length only shows as it goes on."""
        self._bars.update(self._task, total=total)

    def finish(self) -> None:
        self._bars.update(self._task, total=self._done)
        self._bars.stop_task(self._task)
        if not self._console.is_terminal:
            seconds = time.monotonic() - self._began_at
            self.say(f"{self._phase}: {self._done:,} in {seconds:.1f} s ({self._done / (seconds or 1):,.0f}/s)")

    def bad_line(self, bad: BadLine) -> None:
        self.bad_lines += 1
        if self.bad_lines <= BAD_LINES_SHOWN:
            self.say(f"{bad.path}, line {bad.number}: {bad.reason}")
        elif self.bad_lines == BAD_LINES_SHOWN + 1:
            self.say("More bad lines are only counted.")

    def say(self, message: str) -> None:
        self._console.print(message, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """The bars stay as they are."""
        self._bars.stop()
