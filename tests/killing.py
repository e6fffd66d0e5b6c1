"""Work that is killed at its n-th step: before or after any call that changes files.

In: work, done in a process forked from this one. Out: how many steps it has, or a process that died
of SIGKILL at one of them. No clock decides: the same number is the same moment.
"""

from __future__ import annotations

import os
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from briefgen.packs import folders

CALLS = ("open", "fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir")
Work = Callable[[], object]


def steps_of(work: Work) -> int:
    """How many steps work has that is let to its end."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        _live(work, -1, theirs)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        told = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0, told
    return int(told)


def kill_at(work: Work, step: int) -> None:
    """Do the work in a process that kills itself at a step; it must come to that step."""
    pid = os.fork()
    if pid == 0:
        _live(work, step, None)
    status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, step


def moments(work: Work, name: str, number: int = 50) -> Iterator[int]:
    """So many of the steps of some work, the first and the last among them, by chance but always
    the same; all of them where it has no more."""
    total = steps_of(work)
    assert total > 10, "the work changes files"
    chosen = random.Random(name).sample(range(total), min(number, total))
    yield from sorted({0, total - 1, *chosen})


def _live(work: Work, last: int, pipe: int | None) -> NoReturn:
    code = 1
    try:
        count = [0]

        def step() -> None:
            if count[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)
            count[0] += 1

        for name in CALLS:
            setattr(os, name, _stepping(getattr(os, name), step))
        setattr(folders, "_exchange", _stepping(folders._exchange, step))  # noqa: B010
        work()
        if pipe is not None:
            os.write(pipe, str(count[0]).encode())
        code = 0
    except BaseException:
        if pipe is not None:
            os.write(pipe, traceback.format_exc().encode())
        else:
            traceback.print_exc()
    finally:
        os._exit(code)


def _stepping(call: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    def stepped(*arguments: Any, **named: Any) -> Any:
        step()
        result = call(*arguments, **named)
        step()
        return result

    return stepped
