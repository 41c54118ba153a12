from __future__ import annotations

from pathlib import Path

from digitstream.convert.curves import draw
from digitstream.convert.progress_log import ProgressLog


def test_the_best_epoch_is_the_last_of_equals(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "log.csv")
    assert log.best == 0
    assert [log.add({"loss": 1.0, "digits": d}) for d in (0.5, 0.9, 0.9, 0.8)] == [True, True, True, False]
    assert log.best == 3


def test_digits_count_more_than_wheels(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "log.csv")
    assert log.add({"digits": 0.9, "none": 0.9, "wheel": 0.9})
    assert not log.add({"digits": 0.88, "none": 0.9, "wheel": 0.95})
    assert log.add({"digits": 0.92, "none": 0.9, "wheel": 0.85})


def test_patience_is_counted_from_the_best_epoch(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "log.csv")
    for digits in (0.5, 0.9, 0.8, 0.8):
        log.add({"digits": digits})
    assert log.exhausted(2)
    assert not log.exhausted(3)
    assert not log.exhausted(0)


def test_nothing_held_out_means_no_early_end(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "log.csv")
    assert all(log.add({"loss": loss}) for loss in (3.0, 2.0, 4.0))
    assert not log.exhausted(1)


def test_epochs_after_the_checkpoint_are_written_again(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    first = ProgressLog(path)
    for loss in (3.0, 2.0, 1 / 3):
        first.add({"loss": loss, "digits": 1 - loss / 10})
    whole = path.read_bytes()
    again = ProgressLog(path, epochs=2)
    assert again.best == 2
    again.add({"loss": 1 / 3, "digits": 1 - 1 / 30})
    assert path.read_bytes() == whole
    assert ProgressLog(path).rows == []  # a run from the start


def test_curves_are_drawn_from_the_first_epoch_on(tmp_path: Path) -> None:
    log = ProgressLog(tmp_path / "log.csv")
    log.add({"loss": 1.0, "digits": 0.5})
    first = draw(log.path, tmp_path / "curves.png").read_bytes()
    log.add({"loss": 0.5, "digits": 0.75})
    assert first.startswith(b"\x89PNG")
    assert draw(log.path, tmp_path / "curves.png").read_bytes() != first
    assert [path.name for path in tmp_path.glob("partial-*")] == []
