"""What came of a batch: a document for machines, which a later batch takes its failed albums from."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError

from albums import Frozen
from albums.documents import checked_json, read_text
from albums.faults import Refusal
from albums.schema_faults import faults_of

BATCH = "batch.json"
LARGEST_BATCH_BYTES = 64 * 2**20
Kind = Literal["delivered", "unchanged", "failed", "waiting", "held"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Outcome:
    """What came of one album: why it failed, in how many seconds, and where its report lies, if there is one."""

    name: str
    kind: Kind
    reasons: tuple[str, ...] = ()
    took_s: float = 0.0
    report: Path | None = None


class FailedAlbum(Frozen):
    """An album that needs a person, and why."""

    album: Annotated[str, Field(min_length=1)]
    reasons: tuple[str, ...]


class BatchDocument(Frozen):
    """All albums of a batch, by what came of them, each list in the order of names."""

    delivered: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[FailedAlbum, ...]
    waiting: tuple[str, ...]
    held: tuple[str, ...]

    def json_text(self) -> str:
        """The document as it is written to batch.json."""
        return self.model_dump_json(indent=1) + "\n"

    def json_document(self) -> dict[str, Any]:
        """The same as plain values."""
        return self.model_dump(mode="json")


@dataclass
class Outcomes:
    """The outcomes of a batch as they come."""

    known: dict[str, Outcome] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """One more."""
        self.known[outcome.name] = outcome

    def of(self, kind: Kind) -> list[Outcome]:
        """Those of one kind, in the order of their names."""
        return sorted((each for each in self.known.values() if each.kind == kind), key=lambda each: each.name)

    @property
    def in_words(self) -> str:
        """How many there are of each kind, as in `24 delivered, 6 failed`; nothing where there are none."""
        counts = [(len(self.of(kind)), kind) for kind in KINDS]
        return ", ".join(f"{count} {kind}" for count, kind in counts if count)

    @property
    def document(self) -> BatchDocument:
        """All of them as a document."""
        names = {kind: tuple(each.name for each in self.of(kind)) for kind in KINDS}
        failed = tuple(FailedAlbum(album=each.name, reasons=each.reasons) for each in self.of("failed"))
        return BatchDocument.model_validate({**names, "failed": failed})


def failed_albums(path: Path) -> tuple[str, ...]:
    """The names of the albums that failed, by the batch.json at `path`; raises Refusal where it is none."""
    text = checked_json(read_text(path, LARGEST_BATCH_BYTES, str(path)), str(path))
    try:
        document = BatchDocument.model_validate_json(text)
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), BatchDocument)) from None
    return tuple(each.album for each in document.failed)
