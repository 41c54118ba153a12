from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digitstream.config import (
    CameraConfig,
    CameraDefaults,
    DisplayConfig,
    SiteConfig,
    merge_defaults,
)
from digitstream.errors import ConfigError
from digitstream.problems import checked
from digitstream.sink_settings import WebConfig

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "fps": st.integers(1, 60),
    "rotate": st.sampled_from([0, 90, 180, 270]),
    "mirror": st.booleans(),
    "transport": st.sampled_from(["tcp", "udp"]),
    "read_timeout": st.integers(1, 60),
    "pixel_format": st.sampled_from([None, "mjpeg", "yuyv"]),
}
SETTINGS = st.fixed_dictionaries({}, optional=VALUES)


@given(defaults=SETTINGS, camera=SETTINGS)
def test_a_camera_wins_over_the_defaults_and_they_over_the_built_in(
    defaults: dict[str, Any], camera: dict[str, Any]
) -> None:
    site = SiteConfig.model_validate({"defaults": defaults, "cameras": [{"source": "0", **camera}]})
    own = {"source": "0", "reference": None}
    expected = {**own, **CameraDefaults().model_dump(), **defaults, **camera}
    assert site.cameras[0].model_dump(exclude={"name"}) == expected


@given(defaults=SETTINGS, cameras=st.dictionaries(st.sampled_from("abc"), SETTINGS, min_size=1))
def test_a_mapping_of_cameras_is_a_list_with_names(defaults: dict[str, Any], cameras: dict[str, Any]) -> None:
    cameras = {name: {"source": "demo", **camera} for name, camera in cameras.items()}
    listed = [{"name": name, **camera} for name, camera in cameras.items()]
    mapped = SiteConfig.model_validate({"defaults": defaults, "cameras": cameras})
    assert mapped == SiteConfig.model_validate({"defaults": defaults, "cameras": listed})


@given(defaults=SETTINGS, camera=SETTINGS)
def test_merging_changes_nothing_that_is_merged_already(
    defaults: dict[str, Any], camera: dict[str, Any]
) -> None:
    once = merge_defaults({"defaults": defaults, "cameras": [camera]})
    assert merge_defaults(once) == once


def test_a_site_of_models_stays_as_it_is() -> None:
    camera = CameraConfig(source="clip.mp4", fps=3)
    assert SiteConfig(defaults=CameraDefaults(fps=7), cameras=(camera,)).cameras == (camera,)


def test_settings_cannot_be_changed() -> None:
    camera = CameraConfig(source="0")
    with pytest.raises(ValidationError):
        camera.source = "1"


@pytest.mark.parametrize("source", [0, "0", "/dev/video2", "rtsp://host/x", "-", "demo"])
def test_sources_are_texts(source: int | str) -> None:
    assert CameraConfig.model_validate({"source": source}).source == str(source)


def test_a_camera_does_not_print_its_source() -> None:
    assert "s3cret" not in repr(CameraConfig(source="rtsp://cam:s3cret@host/"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=timezone.utc)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=timezone.utc)),
        ("2026-01-31 12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=timezone.utc)),
    ],
)
def test_start_times_are_utc(text: str, moment: datetime) -> None:
    start = CameraConfig.model_validate({"source": "x", "start_time": text}).start_time
    assert start == moment
    assert start.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"source": ""}, "source: '' is empty"),
        ({"source": -1}, "source: -1 is not a text: put it in quotes"),
        ({"source": True}, "source: true is not a text: put it in quotes"),
        ({"source": "0", "rotate": 45}, "rotate: 45 is not 0, 90, 180 or 270"),
        ({"source": "0", "rotate": False}, "rotate: false is not a number"),
        ({"source": "0", "fps": float("nan")}, "fps: NaN is not a finite number"),
        ({"source": "0", "size": [640, 480, 3]}, "size: [640, 480, 3] has 3 items instead of 2"),
        ({"source": "0", "start_time": 5}, "start_time: 5 is not a date and time like 2026-01-31T12:00:00Z"),
        ({"source": "0", "name": "a/b"}, "name: 'a/b' holds a character that cannot be used here"),
        ({"source": "0", "displays": [{"name": "a"}] * 2}, "displays: has two displays named 'a'"),
        (
            {"source": "0", "displays": [{"name": "a", "values": [{"name": "a", "range": [0, 1]}]}]},
            "displays: has two displays or values named 'a'",
        ),
    ],
)
def test_what_a_camera_cannot_be(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked(CameraConfig, settings)
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"digits": -3}, "digits: -3 is not a positive integer"),
        ({"digits": 33}, "digits: 33 is more than 32"),
        ({"digits": 10**400}, "digits: the huge number is more than 32"),
        ({"digits": 2.5}, "digits: 2.5 is not an integer"),
        ({"digits": 3, "decimals": 4}, "decimals: 4 is more than the 3 digits of the display"),
        ({"decimals": -1}, "decimals: -1 is less than 0"),
        ({"unit": 5}, "unit: 5 is not a text: put it in quotes"),
        ({"colour": "red"}, "colour: unknown key, known here: name, region, digits, decimals, unit, values"),
        ({"digit": 5}, "digit: unknown key, did you mean 'digits'?"),
        ({"values": [{"name": "a"}]}, "values[0]: has no rule: tell it by `pattern`, `range` or `lit`"),
        (
            {"values": [{"name": "a", "range": [5, 1]}]},
            "values[0].range: [5, 1] is empty: the lower bound comes first",
        ),
        (
            {"values": [{"name": "a", "patern": "1"}]},
            "values[0].patern: unknown key, did you mean 'pattern'?",
        ),
        (
            {"values": [{"name": "a", "pattern": "["}]},
            "values[0].pattern: '[' is not a regular expression: unterminated character set at position 0",
        ),
        (
            {"values": [{"name": "a", "lit": [1, 2, 3, 0]}]},
            "values[0].lit: [1, 2, 3, 0] has no area: width and height must be at least 1",
        ),
    ],
)
def test_what_a_display_cannot_be(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked(DisplayConfig, {"name": "gas", **settings})
    assert str(raised.value) == problem


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"cameras": []}, "needs at least one camera"),
        ({"cameras": [{"source": "a"}, {"source": "b"}]}, "has two cameras named 'camera'"),
        ({"cameras": {"a": {"source": 0}, "b": {"source": "0"}}}, "has two cameras with the source '0'"),
        (
            {"cameras": {"a": {"source": "a"}, "b": {"source": "b"}}, "sinks": {"video": "x.mp4"}},
            "has one video for several cameras",
        ),
        ({"sinks": {"jsonl": "log", "csv": "log"}}, "'log' is written by another sink already"),
        ({"sinks": {"video": "x.avi"}}, "'x.avi' does not end in .mp4 or .mkv or .mov"),
        ({"sinks": {"snapshot": "{name}.png"}}, "has braces other than {camera}"),
        ({"sinks": {"csv": ""}}, "'' is not the name of a file"),
        ({"sinks": {"web": {"port": 70000}}}, "70000 is more than 65535"),
    ],
)
def test_what_a_site_cannot_be(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked(SiteConfig, {"cameras": [{"source": "demo"}], **settings})
    assert problem in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.2"])
def test_a_page_on_loopback_needs_no_token(host: str) -> None:
    assert WebConfig(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "meter.example"])
def test_a_page_on_the_network_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="token: is required"):
        checked(WebConfig, {"host": host})
    assert checked(WebConfig, {"host": host, "token": "long enough"}).token is not None


def test_a_token_is_never_shown() -> None:
    with pytest.raises(ConfigError) as raised:
        checked(WebConfig, {"token": "hunter2"})
    assert str(raised.value) == "token: the secret is shorter than 8 characters"
    assert "long enough" not in repr(WebConfig.model_validate({"token": "long enough"}))


def test_every_setting_is_documented_in_the_schema() -> None:
    schema = SiteConfig.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        assert model["additionalProperties"] is False
        for name, setting in model["properties"].items():
            assert setting.get("description"), name
