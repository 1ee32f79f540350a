from __future__ import annotations

import base64

import pytest

from gateway.audit.forward.http import fields_in
from gateway.audit.forward.webhook import secret_in, signature, signed


def test_a_signature_is_the_one_of_the_specification() -> None:
    key = secret_in("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    made = signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', key)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_sent_again_has_its_id_and_a_time_of_its_own() -> None:
    first, again, other = (
        signed(*each) for each in ((b"1", b"k", 1), (b"1", b"k", 2), (b"2", b"k", 1))
    )
    assert first["webhook-id"] == again["webhook-id"] != other["webhook-id"]
    assert first["webhook-signature"] != again["webhook-signature"]


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_secret_that_is_too_short_or_too_long_signs_nothing(size: int) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        secret_in(f"whsec_{base64.b64encode(bytes(size)).decode()}")


@pytest.mark.parametrize("text", [base64.b64encode(bytes(32)).decode(), "whsec_%%%%", ""])
def test_what_is_no_secret_signs_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="a secret is whsec_"):
        secret_in(text)


def test_more_fields_are_read_line_by_line() -> None:
    assert fields_in("Authorization: Splunk x y\n\nX-Source:audit  \n") == {
        "Authorization": "Splunk x y",
        "X-Source": "audit",
    }


@pytest.mark.parametrize(
    "line", ["nothing", "A b: c", "Host: x", "Webhook-Id: x", "content-length: 1", "A: b\x01"]
)
def test_a_line_that_is_no_field_to_add_is_said(line: str) -> None:
    with pytest.raises(ValueError, match="line 2 is not a field"):
        fields_in(f"A: b\n{line}")
