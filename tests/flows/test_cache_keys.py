"""What decides the samples of a deliverable is in its key: where codecs have a part in them, the FFmpeg as well."""

from dataclasses import replace

import pytest

from albums import SheetTexts
from formats.codecs import installed
from pipeline.flows import cache_keys
from pipeline.flows.cache_keys import sound_key, texts_key
from pipeline.mastering.steps import Order
from pipeline.settings.merging import with_defaults
from pipeline.settings.schema import Settings
from profiles import load
from profiles.parts import CodecCheck
from tests.support.music import three_songs
from tests.support.sessions import session


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return session(three_songs(tmp_path_factory.mktemp("keys") / "album").write())


@pytest.mark.parametrize(("codecs", "is_another"), [((), False), (("mp3-320",), True)])
def test_another_ffmpeg_makes_another_sound_only_where_codecs_are_asked(
    codecs, is_another, measured, tmp_path, monkeypatch
):
    check = CodecCheck(codecs=codecs, ceiling_dbtp=-1.0, source="a test") if codecs else None
    plan = measured.plan(load("streaming").model_copy(update={"codec_check": check}))
    order = Order(measured.album, plan, measured.used, tmp_path)
    known = sound_key(order)
    assert sound_key(order) == known
    another = replace(installed(), sha256="0" * 64)
    monkeypatch.setattr(cache_keys, "installed", lambda: another)
    assert (sound_key(order) != known) == is_another


@pytest.mark.parametrize(("name", "is_told"), [("cd-ddp", True), ("vinyl-12in-33", True), ("streaming", False)])
def test_another_contact_is_another_text_only_where_a_sheet_says_it_and_no_other_sound(
    name, is_told, measured, tmp_path
):
    album, plan = measured.album, measured.plan(name)
    order = Order(album, plan, measured.used, tmp_path)
    other = replace(order, album=with_defaults(album, Settings(sheets=SheetTexts(contact=("+49 30 1234",)))))
    assert (texts_key(other) != texts_key(order)) == is_told
    assert sound_key(other) == sound_key(order)
