from __future__ import annotations

import io
import logging
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.redact import Redactor, redact, secrets_of

# Anything one can type into a URL without ending the word; it must be telling apart from the masked text.
secret = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Z", "C")), min_size=1
).map(lambda text: f"Zq{text}qZ")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("rtsp://a.b:p@ss/w:rd@host", "rtsp://***@host"),
        ("rtsp://me@x.org:pw@10.0.0.2:554/s", "rtsp://***@10.0.0.2:554/s"),
        ("open file:rtsp://u:p@host/s failed", "open file:rtsp://***@host/s failed"),
        (
            "'http://h/snap.jpg?user=bob&pwd=x&size=1': 401",
            "'http://h/snap.jpg?user=***&pwd=***&size=1': 401",
        ),
        ("http://h/a?apiKey=abc#top", "http://h/a?apiKey=***"),
        ("mqtts://bob@broker", "mqtts://***@broker"),
        ("Authorization: Basic Y2FtOng=\nnext", "Authorization: ***\nnext"),
        ("401 Unauthorized Basic Y2FtOnBAcy9z=, again", "401 Unauthorized Basic ***, again"),
        ("rtsp://host/stream1", "rtsp://host/stream1"),
        ("clip.mp4: 3 of 5 pictures", "clip.mp4: 3 of 5 pictures"),
        ("mail a@b.org about http://h/x", "mail a@b.org about http://h/x"),
    ],
)
def test_masks_credentials_and_nothing_else(text: str, masked: str) -> None:
    assert redact(text) == masked


@given(secret, secret, st.sampled_from(["rtsp", "http", "mqtts", "rtsps"]))
def test_no_user_or_password_is_left_in_a_url(user: str, password: str, scheme: str) -> None:
    shown = redact(f"cannot open {scheme}://{user}:{password}@cam.local:554/live: refused")
    assert shown == f"cannot open {scheme}://***@cam.local:554/live: refused"


@given(
    secret.filter(lambda s: "=" not in s),
    st.sampled_from(["token", "password", "pwd", "access_token", "key"]),
)
def test_no_secret_is_left_in_a_query(value: str, name: str) -> None:
    shown = redact(f"GET http://cam/snap?{name}={value}&width=640 timed out")
    assert value not in shown
    assert shown.endswith(" timed out")


@given(secret)
def test_the_secrets_of_a_known_url_are_masked_wherever_they_stand(password: str) -> None:
    url = f"rtsp://cam:{password}@host/1"
    for spelling in (password, quote(password, safe="")):
        assert spelling not in redact(f"method DESCRIBE failed for {spelling} !", secrets_of(url))


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)


def test_log_records_are_masked_with_arguments_and_traces() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redactor(["rtsp://cam:s3cret@host/1"]))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.warning("open %s as %s", "rtsp://other:hidden@host2/1", "s3cret")
    try:
        raise OSError("rtsp://cam:s3cret@host/1 refused")
    except OSError:
        logger.exception("failed")
    logger.error("%d is no number", "s3cret")
    written = stream.getvalue()
    assert "open rtsp://***@host2/1 as ***" in written
    assert "OSError: rtsp://***@host/1 refused" in written
    assert "s3cret" not in written
    assert "hidden" not in written
