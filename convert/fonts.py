"""The fonts that digits are drawn with, and which of them training may see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .glyphs import RASTER, Glyph, Mask

Role = Literal["train", "held-out"]
Kind = Literal["sans", "serif", "segment"]

FONT_PACKAGES = (
    "fonts-3270", "fonts-adf-gillius", "fonts-adf-oldania", "fonts-adf-romande", "fonts-adf-universalis",
    "fonts-allerta", "fonts-averia-serif-gwf", "fonts-b612", "fonts-bebas-neue", "fonts-cabin",
    "fonts-cantarell", "fonts-clear-sans", "fonts-comfortaa", "fonts-courier-prime",
    "fonts-crosextra-caladea", "fonts-crosextra-carlito", "fonts-dejavu", "fonts-dosis",
    "fonts-dotgothic16", "fonts-dseg", "fonts-essays1743", "fonts-firacode", "fonts-freefont-ttf",
    "fonts-gfs-bodoni-classic", "fonts-gfs-didot", "fonts-glasstty", "fonts-go", "fonts-hack-ttf",
    "fonts-hermit", "fonts-inconsolata", "fonts-inter", "fonts-jetbrains-mono", "fonts-jura",
    "fonts-karla", "fonts-lato", "fonts-league-spartan", "fonts-liberation", "fonts-monofur",
    "fonts-mononoki", "fonts-national-park", "fonts-ocr-a", "fonts-ocr-b", "fonts-oldstandard",
    "fonts-open-sans", "fonts-opendin", "fonts-osifont", "fonts-oxygen", "fonts-paratype", "fonts-play",
    "fonts-quattrocento", "fonts-quicksand", "fonts-roadgeek", "fonts-roboto-slab",
    "fonts-roboto-unhinted", "fonts-routed-gothic", "fonts-sixtyfour", "fonts-solide-mirage",
    "fonts-texgyre", "fonts-tiresias", "fonts-train", "fonts-tuffy", "fonts-ubuntu-title",
    "fonts-urw-base35", "fonts-vollkorn", "fonts-yanone-kaffeesatz",
)  # fmt: skip
"""Debian packages, all of open licences, that the shipped model was trained with."""

FONTSOURCE = (
    "abeezee", "abril-fatface", "acme", "advent-pro", "aladin", "aldrich", "alfa-slab-one",
    "allerta-stencil", "almendra", "amatic-sc", "anonymous-pro", "anton", "antonio", "architects-daughter",
    "archivo-black", "arvo", "asset", "audiowide", "averia-libre", "baloo-2", "bangers", "barlow-condensed",
    "big-shoulders-display", "bitter", "black-ops-one", "bowlby-one", "bubblegum-sans", "bungee",
    "bungee-inline", "bungee-shade", "caesar-dressing", "carter-one", "caveat", "ceviche-one",
    "chakra-petch", "changa-one", "chango", "chewy", "chicle", "cinzel", "coiny", "coming-soon", "cookie",
    "courgette", "crafty-girls", "creepster", "cutive-mono", "days-one", "dela-gothic-one", "delius",
    "economica", "electrolize", "emblema-one", "ewert", "federo", "fjalla-one", "forum", "freckle-face",
    "fredoka", "frijole", "fugaz-one", "galindo", "geo", "gorditas", "graduate", "grandstander",
    "gravitas-one", "great-vibes", "gruppo", "handlee", "holtwood-one-sc", "homemade-apple", "homenaje",
    "iceberg", "iceland", "itim", "jockey-one", "josefin-slab", "julius-sans-one", "just-another-hand",
    "kalam", "knewave", "league-gothic", "lemon", "libre-baskerville", "libre-bodoni", "lilita-one",
    "limelight", "lobster", "londrina-shadow", "londrina-solid", "luckiest-guy", "macondo",
    "major-mono-display", "mali", "marcellus", "megrim", "michroma", "modak", "mogra", "monoton",
    "mystery-quest", "nothing-you-could-do", "nova-mono", "nova-square", "oranienbaum", "orbitron",
    "oswald", "overpass-mono", "oxanium", "pacifico", "pangolin", "passion-one", "pathway-gothic-one",
    "patrick-hand", "paytone-one", "permanent-marker", "plaster", "pragati-narrow", "prata",
    "press-start-2p", "quantico", "racing-sans-one", "rammetto-one", "ranchers", "rationale", "ribeye",
    "righteous", "risque", "rokkitt", "rozha-one", "rubik-mono-one", "russo-one", "rye",
    "saira-extra-condensed", "saira-stencil-one", "sancreek", "satisfy", "schoolbell", "share-tech-mono",
    "short-stack", "shrikhand", "sigmar-one", "sirin-stencil", "six-caps", "skranji", "slackey", "smokum",
    "sniglet", "special-elite", "squada-one", "sriracha", "staatliches", "stardos-stencil",
    "stint-ultra-condensed", "stint-ultra-expanded", "strait", "sue-ellen-francisco", "syncopate", "teko",
    "tenor-sans", "titan-one", "tomorrow", "trade-winds", "ultra", "unica-one", "vast-shadow", "vidaloka",
    "vt323", "waiting-for-the-sunrise", "wallpoet", "walter-turncoat", "yellowtail", "yeseva-one",
)  # fmt: skip
"""Packages `@fontsource/NAME` of npm, as open, that it was trained with too.

Of each the files `*-latin-400-normal.woff2`, 700 and 900, in `~/.local/share/fonts`."""

HELD_OUT = re.compile(
    r"Aileron|B612|Carlito|Clear Sans|DejaVu (Sans Mono|Serif)|DSEG7 7SEGGCHAN|Inconsolata|Karla"
    r"|PT (Sans|Serif)|Roadgeek|Roboto|Routed|Tiresias|Vollkorn"
)
"""Families for tests and benchmarks only: training never draws a digit with them."""

_FOLDERS = (
    "/usr/share/fonts",
    "/usr/share/texmf/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
)
_UNFIT = re.compile(
    r"Faster One|Symbol|Weather"
    r"|D050000L|Z003|Chorus|Dingbat|Math|cmex|cmmi|cmsy|STIXSiz|STIXNonUni|Script|Hairline"
)
_SERIF = re.compile(
    r"Serif|Roman|Termes|Pagella|Bonum|Schola|Bookman|C059|P052|Caladea|Courier|Cursor|Mono PS|Didot|Bodoni"
    r"|Vollkorn|Old Standard|Essays|Quattrocento|Slab|Romande|Oldania|Caption|cmr|cmb|cmtt|STIX|FreeMono"
)


@dataclass(frozen=True)
class Face:
    """One style of a font family, as a typeface."""

    family: str
    style: str
    path: str
    """Empty for the font that is part of Pillow."""

    @property
    def role(self) -> Role:
        """Whether training may use it."""
        return "held-out" if HELD_OUT.search(self.family) else "train"

    @property
    def kind(self) -> Kind:
        """How it looks."""
        if self.family.startswith("DSEG"):
            return "segment"
        return "serif" if _SERIF.search(self.family) else "sans"

    def glyph(self, char: str) -> Glyph | None:
        """Ink of a character, or None where the font has none."""
        return _glyph(self, char)


@lru_cache(maxsize=4)
def faces(role: Role = "train") -> tuple[Face, ...]:
    """Every usable font of a role on this machine, in the order of their names."""
    return tuple(face for face in _installed() if face.role == role and _readable(face))


def pick(rng: np.random.Generator, role: Role = "train", kinds: tuple[Kind, ...] = ("sans", "serif")) -> Face:
    """Draw a family, then one of its styles; where none of these kinds is installed, one of another kind.

    Raises LookupError where this role has no font of text at all.
    """
    families = _families(role, kinds) or _families(role, ("sans", "serif"))
    if not families:
        raise LookupError(f"no {role} font found: install matplotlib or any of the FONT_PACKAGES")
    styles = families[int(rng.integers(len(families)))]
    return styles[int(rng.integers(len(styles)))]


def available(role: Role, kinds: tuple[Kind, ...]) -> bool:
    """Whether `pick` has something to draw from."""
    return bool(_families(role, kinds))


@lru_cache(maxsize=16)
def _families(role: Role, kinds: tuple[Kind, ...]) -> tuple[tuple[Face, ...], ...]:
    grouped: dict[str, list[Face]] = {}
    for face in faces(role):
        if face.kind in kinds:
            grouped.setdefault(face.family, []).append(face)
    return tuple(tuple(styles) for styles in grouped.values())


@lru_cache(maxsize=1)
def _installed() -> tuple[Face, ...]:
    folders = [Path(folder).expanduser() for folder in _FOLDERS]
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        folders.insert(0, Path(matplotlib.origin).parent / "mpl-data" / "fonts")
    found = {("Aileron", "Regular"): Face("Aileron", "Regular", "")}
    for folder in folders:
        for path in sorted({*folder.rglob("*.[to]t[fc]"), *folder.rglob("*-latin-*-normal.woff2")}):
            try:
                name = ImageFont.truetype(str(path), 16).getname()
            except OSError:
                continue
            family, style = name[0] or path.stem, name[1] or "Regular"
            if not _UNFIT.search(f"{family} {style}") and "DSEG14" not in family:
                found.setdefault((family, style), Face(family, style, str(path)))
    return tuple(sorted(found.values(), key=lambda face: (face.family, face.style)))


def _readable(face: Face) -> bool:
    """Ten different digits of one height on one line, neither hairline nor blot."""
    glyphs = [face.glyph(char) for char in "0123456789"]
    if not all(glyph is not None and glyph.mask.size for glyph in glyphs):
        return False
    sure = [glyph for glyph in glyphs if glyph is not None]
    heights = [glyph.mask.shape[0] for glyph in sure]
    coverage = float(np.mean([np.mean(glyph.mask) / 255 for glyph in sure]))
    lining = max(heights) < 1.25 * min(heights) and max(abs(glyph.top) for glyph in sure) < 0.2 * RASTER
    return lining and 0.15 < coverage < 0.8 and len({glyph.mask.tobytes() for glyph in sure}) == 10


@lru_cache(maxsize=1024)
def _sized(face: Face) -> tuple[ImageFont.FreeTypeFont, float]:
    """The font at the size where a digit is `RASTER` high, and the top of its digits."""
    size = float(RASTER)
    for _ in range(2):
        font = _load(face, size)
        _, top, _, bottom = font.getbbox("8")
        size = min(size * RASTER / max(bottom - top, 1), 4 * RASTER)
    font = _load(face, size)
    return font, font.getbbox("8")[1]


def _load(face: Face, size: float) -> ImageFont.FreeTypeFont:
    if face.path:
        return ImageFont.truetype(face.path, size)
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise LookupError("Pillow was built without FreeType")
    return font


@lru_cache(maxsize=16384)
def _glyph(face: Face, char: str) -> Glyph | None:
    font, line = _sized(face)
    advance = font.getlength(char)
    if char == " ":
        return Glyph(np.zeros((1, 1), np.uint8), 0, 0, advance)
    ink = _ink(font, char)
    if ink is None or not ink[0].size:
        return None
    missing = _missing(face)
    if missing is not None and np.array_equal(missing[0], ink[0]):
        return None
    mask, left, top = ink
    return Glyph(mask, left, top - line, advance)


@lru_cache(maxsize=1024)
def _missing(face: Face) -> tuple[Mask, int, int] | None:
    """What the font draws for characters that it lacks."""
    return _ink(_sized(face)[0], "\U0010fffe")


def _ink(font: ImageFont.FreeTypeFont, char: str) -> tuple[Mask, int, int] | None:
    left, top, right, bottom = (int(value) for value in font.getbbox(char))
    if right <= left or bottom <= top or right - left > 4 * RASTER or bottom - top > 4 * RASTER:
        return None
    picture = Image.new("L", (right - left + 4, bottom - top + 4), 0)
    ImageDraw.Draw(picture).text((2 - left, 2 - top), char, 255, font=font)
    mask = np.asarray(picture, np.uint8)
    rows, columns = np.flatnonzero(mask.max(axis=1) > 127), np.flatnonzero(mask.max(axis=0) > 127)
    if not rows.size:
        return None
    x, y = int(columns[0]), int(rows[0])
    tight = np.ascontiguousarray(mask[y : rows[-1] + 1, x : columns[-1] + 1])
    return tight, left + x - 2, top + y - 2
