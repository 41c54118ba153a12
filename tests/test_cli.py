from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from digitstream import errors, supervisor
from digitstream.cli import Signals, main
from digitstream.config import SiteConfig
from digitstream.errors import ConfigError, DigitstreamError
from digitstream.options import EXIT_CODES, parser, site_of
from digitstream.sinks import SinkClosed


def site(*arguments: str, environ: dict[str, str] | None = None) -> SiteConfig:
    return site_of(parser().parse_args(arguments), environ or {})


def test_options_become_a_site() -> None:
    made = site(
        *("--source", "rtsp://host/x", "--name", "cellar", "--size", "1280x720", "--fps", "15"),
        *("--pixel-format", "mjpeg", "--rotate", "90", "--mirror", "--transport", "udp"),
        *("--start-time", "2026-01-31T12:00:00Z", "--model", "own.tflite", "--threads", "2"),
        *("--region", "10,20,300,80", "--region", "0,0,9,0,9,9,0,9", "--digits", "5", "--decimals", "2"),
        *(
            "--unit",
            "l",
            "--log",
            "a.jsonl",
            "--log",
            "a.csv",
            "--output",
            "a.mp4",
            "--snapshot",
            "a.png",
            "-q",
        ),
    )
    (camera,) = made.cameras
    assert (camera.name, camera.source, camera.size, camera.fps) == (
        "cellar",
        "rtsp://host/x",
        (1280, 720),
        15,
    )
    assert (camera.pixel_format, camera.rotate, camera.mirror, camera.transport) == ("mjpeg", 90, True, "udp")
    assert camera.start_time is not None
    assert camera.start_time.isoformat() == "2026-01-31T12:00:00+00:00"
    assert [display.name for display in camera.displays] == ["display-1", "display-2"]
    assert camera.displays[0].region == (10, 20, 300, 80)
    assert camera.displays[1].region == ((0, 0), (9, 0), (9, 9), (0, 9))
    assert {(display.digits, display.decimals, display.unit) for display in camera.displays} == {(5, 2, "l")}
    sinks = made.sinks
    assert (sinks.jsonl, sinks.csv, sinks.console) == (Path("a.jsonl"), Path("a.csv"), "off")
    assert (sinks.video, sinks.snapshot, sinks.web) == (Path("a.mp4"), Path("a.png"), None)
    assert (made.model, made.threads) == (Path("own.tflite"), 2)


def test_without_options_all_displays_are_read() -> None:
    assert site("--source", "0").cameras[0].displays == ()


@pytest.mark.parametrize(("options", "regions"), [(["--digits", "5"], [None]), (["--unit", "l"], [None])])
def test_a_display_needs_no_region(options: list[str], regions: list[None]) -> None:
    assert [display.region for display in site("--source", "0", *options).cameras[0].displays] == regions


@pytest.mark.parametrize("source", ["-", "demo", "/dev/video2", "a b.mp4"])
def test_sources_are_taken_as_they_are(source: str) -> None:
    assert site("--source", source).cameras[0].source == source


def test_a_page_is_served_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert site("--source", "0").sinks.web is None
    shown = site("--source", "0", "--show").sinks.web
    assert shown is not None
    assert (shown.host, shown.open_browser) == ("127.0.0.1", True)
    served = site(
        "--source", "0", "--host", "::", "--port", "80", environ={"DIGITSTREAM_TOKEN": "x" * 8}
    ).sinks.web
    assert served is not None
    assert (served.host, served.port, served.open_browser) == ("::", 80, False)
    with pytest.raises(
        ConfigError, match=r"^DIGITSTREAM_TOKEN: is required when the page is open to the network"
    ):
        site("--source", "0", "--host", "0.0.0.0")


def test_what_is_shown_is_paced() -> None:
    assert site("--source", "a.mp4", "--show").cameras[0].paced
    assert not site("--source", "a.mp4").cameras[0].paced


def test_output_options_go_over_the_config(tmp_path: Path) -> None:
    config = tmp_path / "site.yaml"
    config.write_text(
        "cameras: {a: {source: demo}}\nthreads: 3\n"
        "sinks: {jsonl: file.jsonl, csv: file.csv, web: {token: 12345678901}}\n".replace(
            "12345678901", "'12345678'"
        )
    )
    made = site("--config", str(config), "--log", "own.jsonl", "--quiet", "--model", "own.tflite")
    assert made.cameras[0].name == "a"
    assert (made.sinks.jsonl, made.sinks.csv) == (Path("own.jsonl"), Path("file.csv"))
    assert (made.sinks.console, made.model, made.threads) == ("off", Path("own.tflite"), 3)
    assert made.sinks.web is not None
    assert made.sinks.web.token is not None
    assert made.sinks.web.token.get_secret_value() == "12345678"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--fps", "5"], "--source or --config is needed"),
        (["--source", ""], "--source or --config is needed"),
        (["--source"], "--source: expected one argument"),
        (["--source", "0", "--size", "5"], "--size: '5' is not a size like 1280x720"),
        (["--source", "0", "--size", "0x5"], "--size: 0 is not a positive integer"),
        (["--source", "0", "--fps", "x"], "--fps: 'x' is not a number"),
        (["--source", "0", "--fps", "0"], "--fps: 0.0 is not a positive number"),
        (["--source", "0", "--pixel-format", "mjepg"], "--pixel-format: 'mjepg' is not 'mjpeg' or 'yuyv'"),
        (["--source", "0", "--rotate", "45"], "--rotate: 45 is not 0, 90, 180 or 270"),
        (["--source", "0", "--region", "1,2,3"], "--region: [1.0, 2.0, 3.0] is neither"),
        (["--source", "0", "--region", "1,2,0,5"], "has no area"),
        (["--source", "0", "--digits", "-3"], "--digits: -3 is not a positive integer"),
        (["--source", "0", "--start-time", "noon"], "--start-time: 'noon' is not a date and time"),
        (["--source", "0", "--output", "x.avi"], "--output: 'x.avi' does not end in"),
        (["--source", "0", "--log", "a.csv", "--log", "b.csv"], "--log: 'b.csv' is a second log of its kind"),
        (["--source", "0", "--wat"], "unrecognized arguments: --wat"),
        (["--source", "0", "--config", "x"], "--source: goes into the file of --config"),
        (["--config", "nothing.yaml"], "nothing.yaml: no such file"),
        (["wat"], "invalid choice: 'wat'"),
        (["check"], "the following arguments are required: CONFIG"),
    ],
)
def test_wrong_options_are_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("digitstream: error: ")
    assert problem in err
    assert err.count("\n") == 1


def test_without_arguments_it_shows_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  digitstream ")]
    assert len(lines) == 5
    for line in lines:
        site_arguments = line.strip().split("  ")[0].split()[1:]
        parser().parse_args(site_arguments)


def test_help_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert EXIT_CODES in capsys.readouterr().out
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, DigitstreamError)
    ]
    for code in {kind.exit_code for kind in kinds}:
        assert f"\n  {code}  " in EXIT_CODES


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("digitstream 0.")


def test_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["properties"].keys() == SiteConfig.model_fields.keys()
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("source", "problem"), [("/dev/video93", "/dev/video93"), ("rtsp://cam:s3cret@127.0.0.1:9/x", "refused")]
)
def test_a_camera_that_does_not_answer_is_code_3(
    source: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--source", source]) == 3
    err = capsys.readouterr().err
    assert problem in err
    assert "s3cret" not in err
    assert "Traceback" not in err


def test_debug_shows_where_without_credentials(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITSTREAM_DEBUG", "1")
    assert main(["--source", "rtsp://cam:s3cret@127.0.0.1:9/x"]) == 3
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "s3cret" not in err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (errors.OutputError("x.jsonl: disk full"), 5, "digitstream: error: x.jsonl: disk full\n"),
        (errors.ModelError("foreign"), 4, "digitstream: error: foreign\n"),
        (
            KeyError("a\nb"),
            1,
            "digitstream: error: unexpected KeyError: 'a\\nb' (DIGITSTREAM_DEBUG=1 shows where)\n",
        ),
        (
            RuntimeError("rtsp://a:s3cret@h/\nx"),
            1,
            "digitstream: error: unexpected RuntimeError: rtsp://***@h/ x",
        ),
        (KeyboardInterrupt(), 130, ""),
        (SinkClosed("window"), 0, ""),
    ],
)
def test_errors_of_the_run_have_their_codes(
    error: BaseException,
    code: int,
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(supervisor, "run", run)
    assert main(["--source", "clip.mp4"]) == code
    assert capsys.readouterr().err.startswith(line)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_the_run(number: int, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(number)

    def run(site: SiteConfig, stop: threading.Event, **_: object) -> None:
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) is signal.SIG_DFL, "the second one ends the program at once"

    monkeypatch.setattr(supervisor, "run", run)
    assert main(["--source", "clip.mp4"]) == code
    assert signal.getsignal(number) == before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "digitstream", "schema"]
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=60)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_starting_takes_neither_opencv_nor_a_model() -> None:
    code = "import sys, digitstream.cli; print({'cv2', 'av', 'rich', 'ai_edge_litert'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n"


def test_a_stopped_run_leaves_a_whole_log(tmp_path: Path) -> None:
    clip = tmp_path / "clip.ts"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for shade in range(100):
            picture = np.full((120, 160, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    log = tmp_path / "readings.jsonl"
    command = [sys.executable, "-m", "digitstream", "--source", "-", "--digits", "5", "--log", str(log)]
    # Unbuffered: `communicate` knows nothing of what `readline` has read beyond its line.
    with subprocess.Popen(
        command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(clip.read_bytes())
        process.stdin.flush()
        # The pipe stays open: the program waits for more when the signal comes.
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        rest, messages = process.communicate(timeout=30)
    assert process.returncode == 143, messages
    lines = log.read_bytes()
    assert lines.endswith(b"\n")
    assert lines == first + rest
