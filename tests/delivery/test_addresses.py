"""Addresses hold no secrets, and those that do are not repeated."""

from pathlib import Path

import pytest

from albums.faults import Refusal
from pipeline.delivery.addresses import Address, address_of, without_password


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/mnt/plant", Address(Path("/mnt/plant"))),
        ("plant in", Address(Path("plant in"))),
        ("file:///mnt/the%20plant", Address(Path("/mnt/the plant"))),
        ("s3://bucket/in/", Address(url="s3://bucket/in")),
        ("SFTP://ann@host:2222/in", Address(url="sftp://ann@host:2222/in")),
    ],
)
def test_a_folder_or_a_place_elsewhere(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "sftp://ann:S3cr3t@host/in",
        "sftp://ann:@host/in#S3cr3t",
        "sftp://ann:S3/cr3t@host/in",
        "sftp://ann:S3cr3t@x@host/in",
        "sftp://ann:S3cr3t\n@host",
        "s3://AKIA:S3cr3t@bucket",
        "abfs://box/in?sig=S3cr3t",
        "simplecache::s3://bucket/S3cr3t",
        "s3://bucket/in#S3cr3t",
        "s3:///",
        "s3://\x07S3cr3t",
        "",
        " ",
        "a\0b",
    ],
)
def test_secrets_are_refused_in_words_that_do_not_repeat_them(text):
    with pytest.raises(Refusal) as refusal:
        address_of(text)
    assert "S3" not in str(refusal.value).replace("s3://bucket/folder", "")
    assert "cr3t" not in str(refusal.value)


def test_a_command_line_is_kept_without_a_password():
    assert without_password("sftp://ann:S3/c@r3t@host/in") == "sftp://***@host/in"
    for text in ("sftp://ann@host/in", "/mnt/plant", "s3://bucket/in", "--to", "Album: 1 @ home"):
        assert without_password(text) == text
