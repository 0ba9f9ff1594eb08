"""A bar for work that takes seconds; a few plain lines when nobody looks at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def say(line: str) -> None:
    """One line, if anybody is there to read it."""
    with suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@contextmanager
def shown_progress(title: str, *, is_plain: bool) -> Iterator[Callable[[int, int], None]]:
    """Give a function to be called with (done, of)."""
    if is_plain:
        sys.stdout.write(f"{title} ...\n")
        sys.stdout.flush()
        yield lambda _done, _of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)
