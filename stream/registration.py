"""How far the camera has moved since the regions were measured, and whether it still sees the same view.

Regions are measured in one picture, the reference. The tracker's motion carries them from frame to frame;
now and then the picture itself is held against the reference, so that no error adds up. The displays are
left out, and brightness and contrast evened out: neither what a display shows nor the light makes another
view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .frames import Corners, Luma
from .motion import ENOUGH
from .similarity import Similarity, carried, in_pixels, in_reduced
from .views import Match, Picture, View

EVERY = 25
"""Frames between two comparisons while the view is known."""
SOON = 5
"""The same while it is in doubt."""
DOUBTS = 3
"""Comparisons in a row without a match until the view is lost; one is enough after a cut."""
WIDE = 100
"""Frames between two searches for a view that has moved far, while it is lost."""
FADED = 0.5
"""Share of points found again below which the view is remembered in the new light as well."""
CLEAR = 0.4
"""Share of points that must be found again where the view has moved far."""
LEFT = 0.6
"""Share of a view's points in the picture below which it is remembered further along as well."""
SETTLING = 1500
"""Frames between two views that are remembered because of the light, which changes slowly."""
MOST_VIEWS = 4
STRAYED = 0.06
"""Of the picture's height: motion since the last comparison from which the next one is due."""


class Drift(NamedTuple):
    """How far the camera has moved since the regions were measured."""

    pixels: float
    """At the middle of the regions."""
    degrees: float
    """Clockwise, as the picture has turned."""
    zoom: float
    """Above 1 the displays have become larger."""

    def differs(self, other: Drift, pixels: float) -> bool:
        """Tell whether it is another drift by so many pixels, or by as much in turn or zoom."""
        return (
            abs(self.pixels - other.pixels) > pixels
            or abs(self.degrees - other.degrees) > 2
            or abs(self.zoom - other.zoom) > 0.03
        )

    def __str__(self) -> str:
        return f"{self.pixels:.0f} px, turned by {self.degrees:.1f}°, zoom {self.zoom:.3f}"


class Registration:
    """Follows one camera against a reference; plain calculation, the same for the same frames."""

    def __init__(self, regions: Sequence[Corners], reference: Luma | None = None) -> None:
        """Without a `reference` the first picture with enough texture beside the regions becomes it."""
        self.drift = Similarity()
        """From the reference to the current frame, in pixels."""
        self.lost = False
        """Whether the camera sees something else than the reference."""
        self.size = None if reference is None else (reference.shape[1], reference.shape[0])
        """Width and height of a reference that was given."""
        self._regions = np.asarray(regions, np.float32).reshape(-1, 4, 2)
        self._anchor = self._matched = Similarity()
        self._views: list[View] = []
        self._checked = self._searched = self._settled = -1
        self._doubts = 0
        if reference is not None:
            self._views = [View(reference, self.drift, self.regions)]

    @property
    def regions(self) -> Corners:
        """The regions `(N, 4, 2)` as they lie in the current frame."""
        return carried(self._regions, self.drift)

    @property
    def moved(self) -> Drift:
        """The drift in words that a person understands."""
        middle = self._regions.reshape(-1, 2).mean(axis=0)
        way = np.hypot(*(carried(middle[None], self.drift)[0] - middle))
        turn = self.drift.turn
        return Drift(float(way), float(np.degrees(np.angle(turn))), abs(turn))

    def update(
        self,
        luma: Luma,
        small: Luma,
        pose: Similarity,
        index: int,
        *,
        sure: bool = True,
        fresh: bool = False,
    ) -> None:
        """Take frame `index`: the picture, its reduced copy, and its pose by the tracker.

        `sure`: the motion was seen; `fresh`: the pose has nothing to do with that of the frame before, after
        a cut or for a still.
        """
        if fresh or self.lost:
            self._anchor = pose.inverse().after(self.drift)
        self.drift = pose.after(self._anchor)
        if not self._views:
            view = View(luma, self.drift, self.regions)
            if not view.plain:
                self._views, self._checked, self._settled = [view], index, index
                self._matched = self.drift
        elif not self._views[0].plain and self._due(luma, index, sure, fresh):
            # A stored reference is held against the very first frame.
            self._check(luma, small, index, fresh or self._checked < 0)
            self._checked = index
            self._anchor = pose.inverse().after(self.drift)

    def _due(self, luma: Luma, index: int, sure: bool, fresh: bool) -> bool:
        since = index - self._checked
        if fresh or self._checked < 0 or since >= EVERY:
            return True
        return since >= SOON and (self._doubts > 0 or self.lost or not sure or self._strayed(luma))

    def _strayed(self, luma: Luma) -> bool:
        height, width = luma.shape
        middle = np.array([complex(width, height) / 2])
        return bool(np.abs(self.drift(middle) - self._matched(middle))[0] > STRAYED * height)

    def _check(self, luma: Luma, small: Luma, index: int, fresh: bool) -> None:
        factor = luma.shape[0] // small.shape[0]
        now, guess = Picture(small), in_reduced(self.drift, factor)
        match = self._known(now, guess)
        if match is None and self._in_the_dark(small, guess):
            return
        # What passes may have taken the motion along.
        match = match or self._known(now, in_reduced(self._matched, factor))
        wide = fresh or self._doubts == DOUBTS - 1 or (self.lost and index - self._searched >= WIDE)
        if match is None and wide:
            self._searched = index
            match = self._far_away(luma, now)
        if match is None:
            self._doubts += 1
            self.lost = self.lost or fresh or self._doubts >= DOUBTS
            self.drift = self._matched
            return
        self._doubts, self.lost = 0, False
        self.drift = self._matched = in_pixels(match.motion, factor)
        self._remember(luma, match, index)

    def _known(self, now: Picture, guess: Similarity) -> Match | None:
        """Match the reference, or of the other views that are remembered the one that lies best."""
        found: Match | None = None
        for view in self._views:
            match = view.match(now, guess)
            if match is not None and (found is None or match.left > found.left):
                found = match
            if found is not None and found.left >= LEFT:
                break
        return found

    def _far_away(self, luma: Luma, now: Picture) -> Match | None:
        """Search the whole picture; a twin of the display beside it must not pass for the display."""
        found = self._views[0].search(luma)
        match = None if found is None else self._views[0].match(now, found)
        return match if match is not None and match.left >= LEFT and match.share >= CLEAR else None

    def _in_the_dark(self, small: Luma, guess: Similarity) -> bool:
        """Whether there is nothing to be seen beside the displays: at night they may shine alone."""
        return len(self._views[0].around(small, guess)) < ENOUGH

    def _remember(self, luma: Luma, match: Match, index: int) -> None:
        """Keep a view that has changed its light, or that is about to leave the picture."""
        faded = match.share < FADED and index - self._settled >= SETTLING
        leaving = match.left < LEFT and match.share >= FADED
        if faded or leaving:
            self._settled = index
            newest = View(luma, self.drift, self.regions)
            # The reference itself stays, whatever comes.
            self._views = [self._views[0], *self._views[1:][2 - MOST_VIEWS :], newest]
