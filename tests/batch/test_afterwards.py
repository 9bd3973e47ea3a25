"""Masters of an inbox are packed as each album says, and else as the operator does."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from albums import Ddex
from albums.faults import Refusal
from pipeline.batch import afterwards
from pipeline.batch.afterwards import Sending
from pipeline.batch.config import read_config
from pipeline.delivery.requests import Packaging
from tests.support.ddex import NOW, SETTINGS, example

OPERATORS = Packaging(kind="ddex", ddex=Ddex.model_validate(SETTINGS))


@pytest.fixture
def sent(monkeypatch):
    """What was asked to be sent, and how; nothing is."""
    calls = []

    def deliver(*given, **more):
        calls.append((given, more))
        return SimpleNamespace(marker=SimpleNamespace(certificate_sha256="0" * 64))

    monkeypatch.setattr(afterwards, "deliver_ddex", deliver)
    monkeypatch.setattr(afterwards, "deliver", deliver)
    monkeypatch.setattr(afterwards, "certificate_sha256", lambda _: "0" * 64)
    return calls


def inbox_album(**wishes):
    album = example("quiet-rooms").model_copy(update=wishes)
    return SimpleNamespace(name="label/quiet-rooms", album=album)


def sending(tmp_path, packaging=OPERATORS):
    return Sending("vault://in", tmp_path, packaging=packaging, now=lambda: NOW)


def test_an_album_s_own_words_stand_over_the_operator_s(sent, tmp_path):
    own = Ddex.model_validate({"message": "live", "territories": ("DE",)})
    sending(tmp_path).send(inbox_album(ddex=own), tmp_path / "out")
    ((_, to, ddex, now), _) = sent[0]
    assert (to, now) == ("vault://in", NOW)
    assert (ddex.message, ddex.territories, ddex.sender) == ("live", ("DE",), SETTINGS["sender"])


def test_each_kind_has_its_place(sent, tmp_path):
    sending(tmp_path).send(inbox_album(delivery="folder"), tmp_path / "out")
    assert sent[0][0][1:] == ("vault://in/label", "quiet-rooms")


def test_what_was_sent_is_sent_again_only_where_something_else_is_asked(sent, tmp_path):
    for packaging, count in ((OPERATORS, 1), (OPERATORS, 1), (Packaging(), 2), (OPERATORS, 2)):
        sending(tmp_path, packaging).send(inbox_album(), tmp_path / "out")
        assert len(sent) == count
    live = OPERATORS.model_copy(update={"ddex": OPERATORS.ddex.model_copy(update={"message": "live"})})
    replace(sending(tmp_path), packaging=live).send(inbox_album(), tmp_path / "out")
    assert len(sent) == 3


CONFIG = """
inbox = "inbox"
watch = true
[delivery]
to = "sftp://receiver/in"
package = "ddex"
schemas = "ern-43"
[delivery.ddex]
sender = "PADPIDA2013042401U"
recipients = ["PADPIDA2009101501Y"]
[[delivery.ddex.deals]]
models = ["SubscriptionModel"]
uses = ["Stream"]
"""


def test_a_config_says_it_and_a_run_is_given_it_as_plain_json(tmp_path):
    (tmp_path / "night.toml").write_text(CONFIG)
    config = read_config(tmp_path / "night.toml")
    assert config.delivery
    assert config.delivery.schemas == tmp_path / "ern-43"
    from pipeline.flows.deployments import asked_of_albums
    from pipeline.flows.serve import album_parameters

    given = album_parameters(config)
    request = asked_of_albums(given)
    assert request.afterwards.sending
    assert request.afterwards.sending.packaging == Packaging(
        kind="ddex", ddex=config.delivery.ddex, schemas=Path(tmp_path / "ern-43")
    )


def test_a_slip_in_a_config_is_told_with_its_place(tmp_path):
    (tmp_path / "night.toml").write_text(CONFIG.replace("PADPIDA2013042401U", "PADPIDA2013042401X"))
    with pytest.raises(Refusal, match=r"delivery\.ddex\.sender.*expected U"):
        read_config(tmp_path / "night.toml")
