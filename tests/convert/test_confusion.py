from __future__ import annotations

import numpy as np

from digitstream.convert.confusion import picture


def test_errors_are_red_and_hits_are_green() -> None:
    counts = np.zeros((11, 11), np.int64)
    counts[0, 0] = counts[10, 10] = 3
    counts[1, 7] = 5
    image = picture(counts, "set")
    blue, green, red = (image[:, :, channel].astype(int) for channel in range(3))
    reddish, greenish = (red - green > 100) & (red - blue > 100), (green - red > 100) & (green - blue > 100)
    assert reddish.any()
    assert greenish.any()
    rows, columns = np.nonzero(reddish)
    assert np.ptp(rows) < 60 > np.ptp(columns)  # one cell
    counts[1, 7] = 0
    again = picture(counts, "set").astype(int)
    assert not (again[:, :, 2] - again[:, :, 1] > 100).any()
