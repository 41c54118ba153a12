"""What can go wrong with data sets and training."""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import ConfigError, DigitstreamError, ModelError


class LabelError(ConfigError):
    """A label that is not in the label language."""


class DatasetError(ConfigError):
    """A data set that cannot be used; the message names file and line."""


class QualityLoss(ModelError):
    """A model that would be worse than the one it comes from, and has not been written."""

    exit_code = 7


class TrainingMissing(DigitstreamError, ModuleNotFoundError):
    """TensorFlow is not installed."""


def require_tensorflow() -> None:
    """Raise `TrainingMissing` unless TensorFlow and Keras can be imported; imports neither."""
    if find_spec("tensorflow") is None or find_spec("keras") is None:
        raise TrainingMissing("this needs TensorFlow: pip install 'digitstream[convert]'")
