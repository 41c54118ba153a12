from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digitstream.errors import OutputError
from digitstream.sinks import linefile
from digitstream.sinks.linefile import LineFile


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let writes beyond this size fail, as on a full disk: the part that fits is written."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def opened(path: Path, **settings: int) -> LineFile:
    file = LineFile(path, **settings)  # type: ignore[arg-type]
    file.open()
    return file


def test_lines_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"old\n")
    file = opened(path)
    file.add(b"new\n")
    assert path.read_bytes() == b"old\n"
    file.flush()
    assert path.read_bytes() == b"old\nnew\n"
    file.close()


def test_half_a_line_of_a_crash_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'{"v":1}\n{"v":')
    file = opened(path)
    file.add(b'{"v":1}\n')
    file.close()
    assert path.read_bytes() == b'{"v":1}\n{"v":\n{"v":1}\n'


def test_a_full_disk_leaves_whole_lines_and_what_did_not_fit_follows_once_there_is_room(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    file = opened(path)
    with largest_file(25):
        for i in range(4):
            file.add(b"line %d....\n" % i)
        with pytest.raises(OutputError, match="cannot write"):
            file.flush()
        assert path.read_bytes() == b"line 0....\nline 1....\n"
        with pytest.raises(OutputError):
            file.flush()
    file.close()
    assert path.read_bytes() == b"".join(b"line %d....\n" % i for i in range(4))
    assert file.lost == 0


def test_lines_wait_for_room_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linefile, "HELD_LIMIT", 40)
    file = opened(tmp_path / "log")
    for i in range(10):
        file.add(b"line %d....\n" % i)
    file.close()
    assert (tmp_path / "log").read_bytes() == b"".join(b"line %d....\n" % i for i in range(7, 10))
    assert file.lost == 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_no_space_is_said_with_advice() -> None:
    file = opened(Path("/dev/full"))
    file.add(b"x\n")
    with pytest.raises(OutputError) as caught:
        file.close()
    assert str(caught.value) == (
        "cannot write '/dev/full': No space left on device; free some space or choose another disk"
    )
    assert caught.value.errno == 28


def test_what_cannot_be_opened_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"No such file or directory; make its folder first"):
        opened(tmp_path / "missing" / "log")
    with pytest.raises(OutputError, match="Is a directory; give a file name"):
        opened(tmp_path)


def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    user = os.geteuid()
    os.seteuid(user or 65534)  # root may write everywhere
    try:
        with pytest.raises(OutputError, match="Permission denied; choose a path that you may write to"):
            opened(tmp_path / "log")
    finally:
        os.seteuid(user)


def test_a_named_pipe_gets_the_lines(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    file = opened(pipe)
    file.add(b"one\n")
    file.close()
    reader.join(5)
    assert got == [b"one\n"]


def test_full_files_move_on_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = opened(path, max_bytes=30, keep=2)
    for i in range(10):
        file.add(b"line %d....\n" % i)  # two fit
        if i % 3 == 0:
            file.flush()
    file.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert (tmp_path / "log.2").read_bytes() == b"line 4....\nline 5....\n"
    assert (tmp_path / "log.1").read_bytes() == b"line 6....\nline 7....\n"
    assert path.read_bytes() == b"line 8....\nline 9....\n"


def test_a_line_longer_than_a_file_may_be_is_written_nevertheless(tmp_path: Path) -> None:
    file = opened(tmp_path / "log", max_bytes=10, keep=3)
    for line in (b"short\n", b"much longer than that\n", b"end\n"):
        file.add(line)
    file.close()
    assert (tmp_path / "log.2").read_bytes() == b"short\n"
    assert (tmp_path / "log.1").read_bytes() == b"much longer than that\n"
    assert (tmp_path / "log").read_bytes() == b"end\n"


def test_every_new_file_has_the_header(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "log", header=b"h\n", max_bytes=8, keep=5)
    file.open()
    for _ in range(3):
        file.add(b"line\n")
    file.close()
    assert {p.read_bytes() for p in tmp_path.iterdir()} == {b"h\nline\n"}
    assert len(list(tmp_path.iterdir())) == 3
