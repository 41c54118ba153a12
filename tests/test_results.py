from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from digitstream.frames import Frame
from digitstream.results import Result
from results_of import grey, reading_of, result_of


def test_the_picture_is_drawn_once_however_many_threads_ask() -> None:
    conversions = []

    def convert() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        conversions.append(threading.get_ident())
        return grey(320, 240)

    result = Result("cellar", Frame(0, grey(320, 240)[:, :, 0], _to_bgr=convert), (reading_of("12"),), 25.0)
    pictures = []
    threads = [threading.Thread(target=lambda: pictures.append(result.picture())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(conversions) == 1
    assert len(pictures) == 8
    assert all(picture is pictures[0] for picture in pictures)


def test_the_picture_is_shared_and_so_cannot_be_written_to() -> None:
    picture = result_of(picture=grey(320, 240)).picture()
    assert picture is not None
    with pytest.raises(ValueError, match="read-only"):
        picture[0, 0] = 0


def test_the_frame_itself_is_left_alone() -> None:
    luma = np.full((240, 320), 128, np.uint8)
    picture = Result("cellar", Frame(0, luma), (reading_of("12"),), 25.0).picture()
    assert picture is not None
    assert picture.min() < 100  # a plate
    assert (luma == 128).all()


def test_a_source_that_hands_out_a_read_only_picture_gets_it_copied() -> None:
    kept = grey(320, 240)
    kept.flags.writeable = False
    picture = Result("cellar", Frame(0, kept[:, :, 0], _to_bgr=lambda: kept), (), 25.0).picture()
    assert picture is not None
    assert (kept == 128).all()


def test_without_a_frame_there_is_no_picture() -> None:
    result = result_of(picture=grey())
    assert result.without_frame().picture() is None
    assert result.without_frame().readings is result.readings
    assert result.frame is not None


def test_json_lines_hold_every_reading() -> None:
    result = Result("cellar", None, (reading_of("1"), reading_of(None, display="heat")), 25.0)
    lines = [json.loads(line) for line in result.json_lines.splitlines()]
    assert [(line["display"], line["text"]) for line in lines] == [("gas", "1"), ("heat", None)]
    assert result.json_lines.endswith(b"\n")
