from __future__ import annotations

import json
from datetime import datetime, timezone

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digitstream.readings import Digit, Reading, Status

places = arrays(np.float32, (4, 2), elements=st.floats(-5000, 5000, width=32))
chances = st.floats(0, 1)
digits = st.builds(
    Digit,
    st.sampled_from("0123456789"),
    chances,
    places,
    st.integers(-5, 10**12),
    st.none() | st.integers(0, 9),
)
words = st.none() | st.text(max_size=8)
times = st.none() | st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))
seconds = st.none() | st.floats(0, 1e9)
readings = st.builds(
    Reading, st.text(max_size=8), st.text(max_size=8), st.integers(0, 10**9), times, seconds, words, words,
    words, chances, st.sampled_from(Status), st.lists(digits, max_size=4).map(tuple), seconds,
)  # fmt: skip


@given(readings)
def test_a_line_is_the_columns_as_json_writes_them(reading: Reading) -> None:
    plain = json.dumps(reading.as_dict(), ensure_ascii=False, separators=(",", ":"))
    assert reading.to_json() == plain
    assert reading.to_json() == plain, "written again"


@given(places)
def test_a_box_holds_all_corners(corners: np.ndarray) -> None:
    x, y, width, height = Digit("1", 1.0, corners, 1).box
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert np.abs(np.array([x, y, x + width, y + height]) - [*low, *high]).max() <= 0.5
