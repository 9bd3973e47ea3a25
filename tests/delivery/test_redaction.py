"""Secrets are masked in every form in which a driver may tell them."""

import base64
import logging
from urllib.parse import quote_plus

import pytest

from pipeline.delivery.redaction import Redactor, logs_redacted

SECRET = 'a/b+c "d"\n'  # noqa: S105 - of no place


@pytest.mark.parametrize(
    "form",
    [SECRET, quote_plus(SECRET), repr(SECRET), base64.b64encode(SECRET.encode()).decode(), repr(SECRET.encode())],
)
def test_every_form_is_masked(form):
    said = Redactor({"client_kwargs": {"x": [SECRET]}}, {})(f"driver: {form}.")
    assert said.startswith("driver: ")
    assert "***" in said
    assert form.strip("'") not in said


def test_secrets_of_the_environment_are_known_by_their_names():
    environment = {"AWS_SECRET_ACCESS_KEY": "wJalrXUt", "SFTP_PASSWORD": "hunter22", "HOME": "/home/ann", "KEY": "1"}
    said = Redactor({}, environment)("wJalrXUt hunter22 /home/ann 1")
    assert said == "*** *** /home/ann 1"


def test_what_is_harmless_is_told():
    redact = Redactor({"endpoint_url": "http://here", "username": "ann", "port": 22, "pwd": "xyz", "cert": b"pem"}, {})
    assert redact("ann at http://here:22 with xyz, pem") == "ann at http://here:22 with ***, ***"
    assert Redactor({}, {})("as it is") == "as it is"


def test_logs_are_redacted_only_meanwhile(caplog):
    with logs_redacted(Redactor({"secret": SECRET}, {})):
        logging.getLogger("driver").warning("connecting with %s", SECRET)
        logging.getLogger("driver").warning("%s %s", SECRET)  # arguments that do not fit
        try:
            raise ValueError(SECRET)
        except ValueError:
            logging.getLogger("driver").exception("failed")
    logging.getLogger("driver").warning("over: %s", 1)
    assert caplog.messages[0] == "connecting with ***"
    assert caplog.messages[-1] == "over: 1"
    assert SECRET not in caplog.text
    assert "ValueError: ***" in caplog.messages[2]
