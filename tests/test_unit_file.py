"""The unit file in the docs fits the program."""

from __future__ import annotations

import shlex
from configparser import RawConfigParser
from pathlib import Path

from digitstream import errors
from digitstream.options import parser

UNIT = Path(__file__).parents[1] / "docs" / "digitstream.service"


def service() -> dict[str, str]:
    unit = RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text("utf-8"))
    return dict(unit["Service"])


def test_it_starts_the_program_with_a_configuration() -> None:
    program, *arguments = shlex.split(service()["ExecStart"])
    assert program.endswith("/bin/digitstream")
    assert parser().parse_args(arguments).config == Path("/etc/digitstream/site.yaml")


def test_it_uses_what_the_program_tells_systemd() -> None:
    unit = service()
    assert unit["Type"] == "notify"
    assert float(unit["WatchdogSec"]) > 2
    assert unit["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_exit_codes_are_those_of_the_program() -> None:
    unit = service()
    assert unit["SuccessExitStatus"] == "143"
    lasting = (errors.ConfigError, errors.ModelError, errors.InstallationError)
    assert unit["RestartPreventExitStatus"].split() == [str(kind.exit_code) for kind in lasting]
