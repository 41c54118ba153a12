"""The options of the command line, and the deployment that they describe."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from .config import SiteConfig
from .configfile import load_site
from .errors import ConfigError
from .problems import problems

SHORT_HELP = """\
digitstream reads the digits of meters, pumps and panels from cameras, streams and files.

  digitstream --source demo                            the clip that comes with the program
  digitstream --source 0 --show                        a webcam, with a live view
  digitstream --source rtsp://user:password@camera/    an IP camera
  digitstream --source clip.mp4 --log readings.jsonl   a file, every frame
  digitstream --config site.yaml                       a deployment with many cameras

`digitstream --help` lists all options and exit codes.
"""

EXIT_CODES = """\
exit codes:
  0  done: the files ended, or the reader of the output went away
  1  unexpected error; DIGITSTREAM_DEBUG=1 shows where
  2  wrong option or configuration
  3  the source cannot be opened or read
  4  the model is missing, damaged or foreign
  5  a log, video, picture or page cannot be written or served
  6  the installation is broken
  7  `find` has found no display
  128 + N  stopped by signal N: Ctrl-C is 130, SIGTERM 143; everything read is in the log

environment:
  DIGITSTREAM_TOKEN   the token of a live view that is open to the network
  DIGITSTREAM_DEBUG   1: errors with a traceback
"""

_OPTION_OF = {
    "pixel_format": "--pixel-format",
    "start_time": "--start-time",
    "jsonl": "--log",
    "csv": "--log",
    "video": "--output",
    "folder": "--collect",
    "token": "DIGITSTREAM_TOKEN",
}
_SOURCE = "camera number, device, URL, file, folder of images, `-` or `demo`"
_CAMERA = (
    "name", "source", "size", "fps", "every", "pixel_format", "rotate", "mirror", "transport", "start_time",
)  # fmt: skip
_DISPLAY = ("digits", "decimals", "unit")


class Parser(argparse.ArgumentParser):
    """Raises ConfigError instead of printing the usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(message.removeprefix("argument "))


def parser() -> Parser:
    """Return the parser of the whole command line."""
    top = Parser(
        prog="digitstream",
        description="Read the digits of meters, pumps and panels from cameras, streams and files.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"digitstream {version('digitstream')}")
    top.add_argument("-v", "--verbose", action="count", default=0, help="say more; twice: everything")
    _add_source(top.add_argument_group("source"))
    _add_display(top.add_argument_group("display"))
    _add_output(top.add_argument_group("output"))
    commands = top.add_subparsers(title="commands", dest="command", metavar="")
    check = commands.add_parser("check", help="try a deployment: settings, model, sources and outputs")
    check.add_argument("config", metavar="CONFIG", type=Path, help="YAML file")
    bench = commands.add_parser("bench", help="measure what this machine can do with a video or stream")
    bench.add_argument(
        "bench_source",
        metavar="SOURCE",
        nargs="?",
        default="demo",
        help="file, URL or camera; demo if left out",
    )
    bench.add_argument("--json", metavar="FILE", type=Path, help="write the measures here too")
    bench.add_argument(
        "--model", metavar="FILE", type=Path, default=argparse.SUPPRESS, help="model of your own"
    )
    bench.add_argument("--threads", type=int, default=argparse.SUPPRESS, help="threads of the classifier")
    find = commands.add_parser(
        "find", help="watch a source, and write the deployment that reads what is there"
    )
    _add_find(find)
    commands.add_parser("schema", help="print the JSON schema of deployments, for editors")
    for command in commands.choices.values():
        command.add_argument("-v", "--verbose", action="count", default=argparse.SUPPRESS, help="say more")
    return top


def _add_source(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--source", help=_SOURCE)
    group.add_argument("--config", metavar="FILE", type=Path, help="deployment in YAML, instead of --source")
    _add_camera(group)


def _add_find(find: argparse.ArgumentParser) -> None:
    find.add_argument("--source", required=True, help=_SOURCE)
    find.add_argument(
        "--output", metavar="FILE", dest="yaml", type=Path, default=Path("site.yaml"),
        help="the deployment to write (default site.yaml)",
    )  # fmt: skip
    find.add_argument("--preview", metavar="FILE", type=Path, help="picture of what was found, .png")
    find.add_argument("--seconds", type=_positive, default=10.0, help="how long to watch (default 10)")
    find.add_argument("--force", action="store_true", help="replace files that are there already")
    _add_camera(find.add_argument_group("camera"))


def _add_camera(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--name", help="name of the camera in the log")
    group.add_argument("--size", metavar="WxH", type=_size, help="size asked of a camera, like 1280x720")
    group.add_argument(
        "--fps", type=_number, help="most frames a second that are read, and what a camera is asked for"
    )
    group.add_argument("--every", type=int, metavar="N", help="read each n-th frame only")
    group.add_argument("--pixel-format", help="mjpeg or yuyv, asked of a camera")
    group.add_argument("--rotate", type=int, help="turn clockwise by 90, 180 or 270 degrees")
    group.add_argument(
        "--mirror", action="store_true", default=None, help="flip left to right after --rotate"
    )
    group.add_argument("--transport", help="how RTSP travels: tcp (default) or udp")
    group.add_argument("--start-time", metavar="TIME", help="when a file was recorded, 2026-01-31T12:00:00Z")
    group.add_argument("--model", metavar="FILE", type=Path, help="model of your own")
    group.add_argument("--threads", type=int, help="threads of the classifier")


def _add_display(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--region",
        metavar="X,Y,W,H",
        type=_region,
        action="append",
        help="where the display is, in pixels, or its four corners X,Y,X,Y,X,Y,X,Y; once for each display",
    )
    group.add_argument(
        "--digits", type=int, help="how many digits it shows; picks the number that has so many"
    )
    group.add_argument("--decimals", type=int, help="how many of them stand after the decimal point")
    group.add_argument("--unit", help="unit of the value")
    _add_pick(group)


def _add_pick(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--largest", action="store_true", default=None, help="of all displays found, only the most prominent"
    )
    group.add_argument(
        "--pattern", metavar="REGEX", help="of all displays found, only those whose whole text matches"
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--log", metavar="FILE", type=Path, action="append", help="log: CSV for .csv, else JSON lines"
    )
    group.add_argument("--output", metavar="FILE", type=Path, help="annotated video, .mp4")
    group.add_argument("--snapshot", metavar="FILE", type=Path, help="newest annotated frame, .png")
    group.add_argument(
        "--collect", metavar="DIR", type=Path, help="save pictures of digits that were hard to read, to label"
    )
    group.add_argument("--show", action="store_true", help="live view: a window, or a page in the browser")
    group.add_argument("--host", help="serve the live view on this address (default 127.0.0.1)")
    group.add_argument("--port", type=int, help="serve the live view on this port (default 8477)")
    group.add_argument("-q", "--quiet", action="store_true", help="no readings on standard output")


def site_of(options: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> SiteConfig:
    """Return the deployment that the options describe; those for outputs go over those of `--config`."""
    given = {name: value for name, value in vars(options).items() if value is not None}
    camera: dict[str, Any] = {name: given[name] for name in _CAMERA if name in given}
    if pick := _pick(given):
        camera["pick"] = pick
    elif displays := _displays(given):
        camera["displays"] = displays
    if camera and given["show"]:
        camera["paced"] = True
    site: dict[str, Any] = {name: given[name] for name in ("model", "threads") if name in given}
    sinks = _sinks(given, environ)
    if options.config:
        if camera:
            raise ConfigError(f"--{next(iter(camera)).replace('_', '-')}: goes into the file of --config")
        base = load_site(options.config, environ)
        site = {**dict(base), **site}
        sinks = {**base.sinks.model_dump(exclude_unset=True), **sinks}
    elif not camera.get("source"):
        raise ConfigError("--source or --config is needed; `digitstream` alone shows examples")
    else:
        site["cameras"] = [camera]
    site["sinks"] = sinks
    try:
        return SiteConfig.model_validate(site)
    except ValidationError as error:
        found = problems(error, SiteConfig)
    raise ConfigError("\n".join(f"{_option(problem.path)}: {problem.text}" for problem in found))


def _displays(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    shared = {name: given[name] for name in _DISPLAY if name in given}
    regions = given.get("region") or ([None] if shared else [])
    return [{"name": f"display-{n}", "region": region, **shared} for n, region in enumerate(regions, 1)]


def _pick(given: Mapping[str, Any]) -> dict[str, Any]:
    wish = {name: given[name] for name in ("largest", "pattern") if name in given}
    for name in ("region", "decimals", "unit"):
        if wish and name in given:
            raise ConfigError(
                f"--{next(iter(wish))} picks among the displays that are found by themselves:"
                f" it does not go with --{name}"
            )
    return {**wish, "digits": given["digits"]} if wish and "digits" in given else wish


def _sinks(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    sinks: dict[str, Any] = {}
    for path in given.get("log", ()):
        kind = "csv" if path.suffix.lower() == ".csv" else "jsonl"
        if kind in sinks:
            raise ConfigError(f"--log: {str(path)!r} is a second log of its kind")
        sinks[kind] = path
    if "output" in given:
        sinks["video"] = given["output"]
    if "snapshot" in given:
        sinks["snapshot"] = given["snapshot"]
    if "collect" in given:
        sinks["collect"] = {"folder": given["collect"]}
    if given["quiet"]:
        sinks["console"] = "off"
    served = {name: given[name] for name in ("host", "port") if name in given}
    if given["show"] and not served and has_window():
        sinks["window"] = True
    elif given["show"] or served:
        token = environ.get("DIGITSTREAM_TOKEN") or None
        sinks["web"] = {**served, "token": token, "open_browser": given["show"]}
    return sinks


def has_window() -> bool:
    """Tell whether the installed OpenCV and the desktop can show a native window."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    import cv2

    return re.search(r"GUI:\s+(?!NONE)\S", cv2.getBuildInformation()) is not None


def _option(path: tuple[str | int, ...]) -> str:
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    return _OPTION_OF.get(name, f"--{name}")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", text.strip().lower())
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1280x720")
    return int(match[1]), int(match[2])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _positive(text: str) -> float:
    number = _number(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 3600")
    return number


def _region(text: str) -> tuple[Any, ...]:
    try:
        numbers = [float(number) for number in re.split(r"[,\s]+", text.strip())]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a region like 10,20,300,80") from None
    if len(numbers) == 8:
        return tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return tuple(numbers)
