"""A deployment as YAML that a person goes on with: what was found, how well, and why."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from .config import CameraConfig
from .redact import redact
from .sources.urls import split_credentials
from .survey import Sighting

SURE = 0.2
"""Share of sure pictures below which a display is only proposed, as a comment."""


def site_text(
    camera: CameraConfig,
    sightings: Sequence[Sighting],
    *,
    reference: str | None = None,
    model: Path | None = None,
) -> tuple[str, dict[str, str]]:
    """Return the YAML and the environment variables that it needs, each with its secret value."""
    source, secrets = without_secrets(camera)
    lines = ["# Found by `digitstream find`; names, units and the order of displays are yours to change."]
    lines += ["# A region holds the digits that were lit: widen it where a number can grow longer.", ""]
    lines += ["cameras:", f"  - name: {_text(camera.name)}"]
    if secrets:
        names = ", ".join(secrets)
        lines += [f"    # Secrets stay out of this file: set {names} in the environment, or use `!secret`."]
    lines += [f"    source: {source}"]
    for name in ("size", "fps", "pixel_format", "rotate", "mirror", "transport", "start_time"):
        if name in camera.model_fields_set and (value := getattr(camera, name)) is not None:
            lines.append(f"    {name}: {_setting(value)}")
    if reference is not None:
        lines += ["    # The view in which the regions were measured: they follow the camera from there."]
        lines += [f"    reference: {_text(reference)}"]
    lines += ["    displays:"]
    sure = [sighting.sure >= SURE for sighting in sightings]
    for number, sighting in enumerate(sightings, 1):
        block = _display(number, sighting)
        # The first is taken in any case, so that there is something to go on with.
        if sure[number - 1] or (number == 1 and not any(sure)):
            lines += ["", *block] if number > 1 else block
        else:
            lines += ["", "      # Perhaps a display, never read for sure; take the `#` away if it is one:"]
            lines += ["      # " + line.removeprefix("      ").removeprefix("# ") for line in block]
    lines += ["", "sinks:", "  jsonl: readings.jsonl"]
    if model is not None:
        lines += ["", f"model: {_text(str(model))}"]
    return "\n".join(lines) + "\n", secrets


def without_secrets(camera: CameraConfig) -> tuple[str, dict[str, str]]:
    """Return the source as YAML with `${VAR}` for what is secret, and the values of those variables."""
    stem = re.sub(r"\W+", "_", camera.name).strip("_").upper() or "CAMERA"
    stem = f"CAMERA_{stem}" if stem[0].isdigit() else stem
    bare, user, password = split_credentials(camera.source)
    if redact(bare) != bare:
        # Tokens in the address itself: all of it is taken for secret.
        return f"${{{stem}_SOURCE}}", {f"{stem}_SOURCE": camera.source}
    if not user and not password:
        return _text(camera.source), {}
    scheme, _, rest = bare.partition("://")
    variables = {f"{stem}_USER": user or "", f"{stem}_PASSWORD": password or ""}
    place = "".join(f"${{{name}}}:" for name in variables).removesuffix(":")
    return f'"{scheme}://{place}@{_text(rest)[1:-1]}"', variables


def _display(number: int, sighting: Sighting) -> list[str]:
    quality = sighting.quality
    verdict = "; ".join(quality.reasons) or "nothing to complain of"
    corners = ", ".join(f"[{round(float(x))}, {round(float(y))}]" for x, y in sighting.region)
    lines = [
        f"      # {number}: read {_text(sighting.text)}, quality {quality.score} of 100: {verdict}",
        f"      - name: display-{number}",
        f"        region: [{corners}]",
    ]
    if not sighting.sure:
        # A number that was cut short would pass for a whole one.
        lines.append("        # digits: say how many it has")
    elif sighting.digits is not None:
        lines.append(f"        digits: {sighting.digits}")
    else:
        counts = " to ".join(str(count) for count in (sighting.counts[0], sighting.counts[-1]))
        lines.append(f"        # digits: {counts} were seen: leading ones may go out")
    if sighting.decimals is not None:
        lines.append(f"        decimals: {sighting.decimals}")
    elif sighting.turning:
        lines.append("        # decimals: wheels of another colour stand behind the point; say how many")
    if sighting.turning:
        lines.append("        # A mechanical counter: its wheels were seen turning.")
    lines.append("        # unit: m³")
    return lines


def _setting(value: object) -> str:
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, tuple):
        return json.dumps(value)
    return _text(value.isoformat() if hasattr(value, "isoformat") else str(value))


def _text(text: str) -> str:
    """Write a text so that YAML and `${VAR}` leave it as it is.

    >>> print(_text('a "b" ${c}'))
    "a \\"b\\" $${c}"
    """
    return json.dumps(text.replace("${", "$${"), ensure_ascii=False)
