from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitstream.config import SiteConfig
from digitstream.configfile import load_site, read_site
from digitstream.errors import ConfigError


def problems(
    text: str | bytes, environ: dict[str, str] | None = None, folder: Path = Path("nowhere")
) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read_site(text, "site.yaml", folder, environ or {})
    return str(raised.value).splitlines()


def test_a_problem_names_file_line_key_and_value() -> None:
    text = """
cameras:
  - name: cellar
    source: 0
    displays:
      - name: gas
      - name: water
        digits: -3
"""
    assert problems(text) == ["site.yaml:8: cameras[0].displays[1].digits: -3 is not a positive integer"]


def test_all_problems_are_reported_in_the_order_of_the_file() -> None:
    text = """
thread: 2
cameras:
  hall:
    sorce: 0
    size: [640]
    mirror: maybe
  cellar: {source: 1, displays: {name: gas}}
sinks: {web: []}
"""
    assert problems(text) == [
        "site.yaml:2: thread: unknown key, did you mean 'threads'?",
        "site.yaml:4: cameras.hall.source: is required",
        "site.yaml:5: cameras.hall.sorce: unknown key, did you mean 'source'?",
        "site.yaml:6: cameras.hall.size: [640] has too few items",
        "site.yaml:7: cameras.hall.mirror: 'maybe' is neither true nor false",
        "site.yaml:8: cameras.cellar.displays: a mapping is not a list",
        "site.yaml:9: sinks.web: [] is not a mapping of settings",
    ]


def test_a_wrong_default_is_reported_once_where_it_stands() -> None:
    text = "defaults:\n  fps: 0\n  name: x\ncameras:\n  a: {source: 0}\n  b: {source: 1, fps: -1}\n"
    assert problems(text)[0] == "site.yaml:2: defaults.fps: 0 is not a positive number"
    assert problems(text)[1].startswith("site.yaml:3: defaults.name: unknown key")
    assert problems(text)[2:] == ["site.yaml:6: cameras.b.fps: -1 is not a positive number"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "site.yaml: is empty: it needs `cameras:`"),
        ("[]", "site.yaml:1: [] is not a mapping of settings"),
        ("cameras:", "site.yaml:1: cameras: null is not a list"),
        ("sinks: {}\n", "site.yaml:1: cameras: is required"),
        (
            "cameras:\n\t- x",
            "site.yaml:2: is not valid YAML: found character ... that cannot start any token",
        ),
        (
            "cameras: [\n{",
            "site.yaml:2: is not valid YAML: expected the node content, but found '<stream end>'",
        ),
        ("cameras: &a [*a]", "site.yaml:1: is nested too deeply"),
        ("a: 1\n---\nb: 2", "site.yaml:2: is not valid YAML: but found another document"),
        ('a: "\\UFFFFFFFF"', "site.yaml: is not valid YAML: has an escape that stands for no character"),
        ("a: \x01", "site.yaml: is not valid YAML: holds the character 1"),
        ("threads: 1\nthreads: 2", "site.yaml:2: threads: is given twice, in line 1 and in line 2"),
        (
            "model: !!python/name:os.system x",
            "has a tag that is not known here: quote a text that begins with `!`",
        ),
        ("threads: !!int x", "site.yaml:1: threads: is not what its tag !!int says"),
        ("? [a]\n: 1", "site.yaml:1: ?: is not a text, as keys must be"),
        (b"a: b\nc: \xff", "site.yaml:2: is not UTF-8 text"),
        ("[" * 3000, "site.yaml: is nested too deeply"),
    ],
)
def test_texts_that_are_no_deployment(text: str | bytes, problem: str) -> None:
    assert any(problem in line for line in problems(text))


def test_aliases_cannot_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert problems("\n".join(lines)) == ["site.yaml: holds too much: more than 100000 values"]


def test_values_are_what_they_look_like() -> None:
    text = """
defaults: &d {fps: 010, rotate: 90}
cameras:
  "on": {<<: *d, rotate: 0, source: 0, start_time: 2026-01-31T12:00:00Z, displays: [{name: no, unit: 1:30}]}
sinks: {console: off}
"""
    site = read_site(text)
    camera = site.cameras[0]
    assert (camera.name, camera.fps, camera.rotate) == ("on", 10.0, 0)
    assert (camera.displays[0].name, camera.displays[0].unit) == ("no", "1:30")
    assert site.sinks.console == "off"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rtsp://u:${PW}@host/", "rtsp://u:p$w{}@host/"),
        ("'${PW}'", "p$w{}"),
        ("${NONE:-fallback}", "fallback"),
        ("${EMPTY:-fallback}", "fallback"),
        ("x${EMPTY}y", "xy"),
        ("x${NONE:-}y", "xy"),
        ("$${PW} $5 $$", "${PW} $5 $$"),
    ],
)
def test_variables_are_put_in_once(text: str, value: str) -> None:
    site = read_site(f"cameras:\n- source: {text}", environ={"PW": "p$w{}", "EMPTY": ""})
    assert site.cameras[0].source == value


def test_a_variable_can_be_a_number() -> None:
    site = read_site("cameras: [{source: 0, fps: '${FPS}'}]\nthreads: ${N}", environ={"FPS": "2.5", "N": "3"})
    assert (site.cameras[0].fps, site.threads) == (2.5, 3)


@pytest.mark.parametrize("text", ["${", "${}", "${PW", "${1A}", "${PW:x}", "${PW:-", "${ PW }", "a${PW-b}c"])
def test_malformed_placeholders_are_errors(text: str) -> None:
    (problem,) = problems(f"threads: 1\ncameras: [source: '{text}']", {"PW": "s3cret"})
    assert problem.startswith(f"site.yaml:2: cameras[0].source: '{text}' has a malformed placeholder")


def test_a_variable_that_is_not_set_is_an_error() -> None:
    assert problems("cameras:\n- source: x${HOST}") == [
        "site.yaml:2: cameras[0].source: 'x${HOST}' needs the environment variable HOST, which is not set"
    ]


def test_what_stands_for_a_value_is_printed_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("rate: hunter22\n")
    text = "cameras: [{source: 0, fps: '${F}', read_timeout: !secret rate, transport: 'rtsp://a:b@c'}]"
    assert problems(text, {"F": "s3cret"}, tmp_path) == [
        "site.yaml:1: cameras[0].fps: '${F}' is not a number",
        "site.yaml:1: cameras[0].read_timeout: '!secret rate' is not a number",
        "site.yaml:1: cameras[0].transport: 'rtsp://***@c' is not 'tcp' or 'udp'",
    ]


def test_secrets_come_from_the_file_beside(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("camera: rtsp://u:${x}@h/\npin: 0123\n")
    (tmp_path / "site.yaml").write_text("cameras: {a: {source: !secret camera}, b: {source: !secret pin}}\n")
    site = load_site(tmp_path / "site.yaml", {})
    assert [camera.source for camera in site.cameras] == ["rtsp://u:${x}@h/", "0123"]


def test_secrets_of_systemd_come_first(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("camera: from-file\nother: o\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "camera").write_text("from-systemd\n")
    site = read_site(
        "cameras: {a: {source: !secret camera}, b: {source: !secret other}}",
        folder=tmp_path,
        environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")},
    )
    assert [camera.source for camera in site.cameras] == ["from-systemd", "o"]


@pytest.mark.parametrize(
    ("secrets", "problem"),
    [
        (None, "which does not exist"),
        ("camra: x", "did you mean 'camra'?"),
        ("other: x", "is not in"),
        ("- x", "is not a mapping from names to texts"),
        ("camera: [hunter2]", "is not a mapping from names to texts"),
        ("\ncamera: *hunter2", "secrets.yaml:2: is not valid YAML"),
        ("camera: !hunter2 x", "secrets.yaml:1: has a tag"),
        ("camera: a\ncamera: b", "secrets.yaml:2: is given twice"),
    ],
)
def test_a_secret_that_is_missing_or_unreadable(tmp_path: Path, secrets: str | None, problem: str) -> None:
    if secrets is not None:
        (tmp_path / "secrets.yaml").write_text(secrets)
    (line,) = problems("\ncameras: [source: !secret camera]", folder=tmp_path)
    assert line.startswith("site.yaml:2: cameras[0].source: '!secret camera' ")
    assert problem in line
    assert "hunter2" not in line


@pytest.mark.parametrize("name", ["", "../x", "a b", ".hidden"])
def test_secret_names_are_plain(name: str) -> None:
    (line,) = problems(f"cameras: [source: !secret '{name}']")
    assert "is not `!secret` and a name" in line


@pytest.mark.parametrize(
    "text",
    [
        "cameras: [{source: 0, pasword: hunter2}]",
        "cameras: [{source: 0}]\nsinks: {web: {host: 0.0.0.0, token: hunter2}}",
        "cameras: ['rtsp://cam:hunter2@host/']",
        "cameras: {rtsp://cam:hunter2@host/: {}}",
        "cameras: [source: *hunter2]",
        "cameras: [source: !hunter2 x]",
    ],
)
def test_no_problem_prints_a_credential(text: str) -> None:
    assert "hunter2" not in "\n".join(problems(text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"nothing.yaml: no such file; the program comes with fuel-pump.yaml,"
    ):
        load_site(tmp_path / "nothing.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_site(tmp_path)


KEYS = st.sampled_from(
    [
        *SiteConfig.model_fields,
        "name",
        "source",
        "fps",
        "size",
        "displays",
        "region",
        "digits",
        "web",
        "token",
        "x",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["${X}", "${", "!secret x", "demo", "a.mp4", "~", "*a", "&a x", "<<"]),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def _is_a_site_or_an_error(text: str) -> None:
    result: Sequence[SiteConfig | str]
    try:
        result = [read_site(text, environ={"X": "1"})]
    except ConfigError as error:
        result = str(error).splitlines()
    assert all(isinstance(part, SiteConfig) or part.startswith("site.yaml:") for part in result)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{},&*!|>'\"%@`#\\ \n\t0${}<?~.\x85\ufeff"), max_size=60))
@example("!")
@example("%YAML 9.9\n---\na")
@example("a: !!str\nb: !<tag:yaml.org,2002:int> 0x")
@example("cameras: {<<: 3}")
@example("cameras: [{source: 0, displays: [{name: a, digits: " + "9" * 5000 + "}]}]")
def test_any_text_is_a_site_or_a_config_error(text: str) -> None:
    _is_a_site_or_an_error(text)


@settings(max_examples=150, deadline=None)
@given(TREES)
def test_any_settings_are_a_site_or_a_config_error(tree: object) -> None:
    _is_a_site_or_an_error(_yaml(tree))


def _yaml(tree: object) -> str:
    """Write flow YAML without any quoting, so that texts keep what they mean to YAML."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {_yaml(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(_yaml, tree)) + "]"
    return {None: "null", True: "true", False: "false"}.get(tree, str(tree))  # type: ignore[call-overload,no-any-return]
