"""What can go wrong with data sets and training."""

from __future__ import annotations

from ..errors import ConfigError


class LabelError(ConfigError):
    """A label that is not in the label language."""


class DatasetError(ConfigError):
    """A data set that cannot be used; the message names file and line."""
