"""What people see of a certificate: each track before and after, each deliverable's verdict, what does not hold."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.cli.shown.door import Styled, output, telling
from pipeline.cli.shown.tables.sheet import Column, Sheet, figure
from pipeline.deliverables.certificate import CERTIFICATE, REPORT, Certificate, Deliverable
from pipeline.deliverables.figures import Figures
from pipeline.deliverables.findings import Finding
from pipeline.deliverables.verify import Verification

MOST_REMARKS = 4  # of a deliverable; the report has all
UNITS = "LUFS  dBTP"


def print_certificate(certificate: Certificate, out: Path) -> None:
    """Each track before and after, its tone in words, each deliverable passed or not and where it lies."""
    if not telling.quiet:
        _print_tracks(certificate)
    for name, deliverable in certificate.deliverables.items():
        verdict = Styled("passed", "green") if deliverable.passed else Styled("FAILED", "red")
        output.say(verdict, f"  {name}  {out / name if deliverable.passed else 'not delivered'}")
        print_findings(finding for finding in deliverable.findings if not finding.passed)
        if not telling.quiet:
            print_remarks(deliverable)
    if not telling.quiet:
        output.say(f"        {out / CERTIFICATE}")
        output.say(f"        {out / REPORT}")


def _print_tracks(certificate: Certificate) -> None:
    names = list(certificate.deliverables)
    rows = []
    for track in certificate.tracks:
        after = [_loudness_and_peak(track.after.get(name)) for name in names]
        before = _loudness_and_peak(track.before)
        rows.append((str(track.track), track.title, before, f"{track.gain_db:+.1f}", *after))
    more = (Column("mix", UNITS), Column("", "gain dB"), *(Column(name, UNITS) for name in names))
    lead = (Column("#"), Column("title", texts=True))
    output.show(Sheet(certificate.album["album"]["title"], lead, more, rows))
    for track in certificate.tracks:
        output.say(f"{track.track:>3}  {track.title}: {track.tone}")
    output.say()


def print_unchanged(count: int) -> None:
    """In one line, that none of the deliverables that were asked for had to be made."""
    what = "the deliverable was" if count == 1 else f"all {count} deliverables were"
    output.say(f"Nothing had changed: {what} there already, and still as certified.")


def print_remarks(deliverable: Deliverable) -> None:
    """What an operator should know of a deliverable that passed: texts written differently, a level held back."""
    if deliverable.promise and deliverable.promise.held_back:
        said = next(finding for finding in deliverable.findings if finding.quantity == "integrated loudness")
        output.say("  ", Styled("note", "cyan"), f" {said.where}: {said.quantity} {said.required} {said.unit}")
    for remark in deliverable.remarks[:MOST_REMARKS]:
        output.say("  ", Styled("note", "cyan"), f" {remark}")
    if len(deliverable.remarks) > MOST_REMARKS:
        output.say(f"  and {len(deliverable.remarks) - MOST_REMARKS} more like these, in {REPORT}")


def print_verification(found: Verification) -> None:
    """Whether the certificate holds, which deliverables do, and every finding that does not."""
    output.say("The certificate holds." if found.passed else "The certificate does not hold.")
    for name, each in found.findings.items():
        wrong = [finding for finding in each if not finding.passed]
        verdict = Styled("does not hold", "red") if wrong else Styled("holds", "green")
        output.say(verdict, f"  {name}: {len(each) - len(wrong)} of {len(each)} findings")
        print_findings(wrong)
    for name, deliverable in found.certificate.deliverables.items():
        if not deliverable.passed:
            output.say(Styled("FAILED", "red"), f"  {name}: it failed its audit and was not delivered")


def print_findings(findings: Iterable[Finding]) -> None:
    """Each finding that does not hold, in a line."""
    for finding in findings:
        output.say("  ", Styled("x", "red"), f" {finding.where}: {_said(finding)}")


def _said(finding: Finding) -> str:
    """A finding that does not hold, in words; those that are no figures have words of their own."""
    if finding.quantity == "readable":
        return str(finding.measured)
    if finding.measured == "missing":
        return "is not there, or is no file that can be read"
    if finding.quantity == "certified":
        return "is not in the certificate"
    if finding.required == "as certified":
        return f"{finding.quantity}: what is measured now is not what was certified"
    return f"{finding.quantity} is {finding.measured}, wanted {finding.required} {finding.unit}".rstrip()


def _loudness_and_peak(figures: Figures | None) -> str:
    return f"{figure(figures.integrated_lufs)} {figure(figures.true_peak_dbtp):>5}" if figures else "–"
