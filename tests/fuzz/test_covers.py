"""Covers, mutated: judged as a picture or refused, whatever the decoders make of them."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from formats._shared import cover
from tests.fuzz import fuzzed
from tests.fuzz.test_delivered import bounded, mutations


def picture(kind: str, mode: str) -> bytes:
    data = io.BytesIO()
    Image.effect_noise((40, 40), 60).convert(mode).save(data, kind, **({"progressive": True} if kind == "JPEG" else {}))
    return data.getvalue()


PICTURES = [picture("PNG", mode) for mode in ("RGB", "RGBA", "P", "L", "1")] + [
    picture("JPEG", mode) for mode in ("RGB", "CMYK", "L")
]


@fuzzed
@given(data=st.data())
def test_a_cover_that_is_changed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "cover"
    path.write_bytes(data.draw(mutations(data.draw(st.sampled_from(PICTURES)))))
    with bounded():
        for fault in cover.faults(path):
            assert fault.where == "album.cover"
            assert fault.words
