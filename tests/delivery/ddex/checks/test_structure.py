"""Nothing in a message can be removed, emptied, doubled, exchanged or changed without being noticed."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from lxml import etree

from albums.faults import Fault
from pipeline.delivery.ddex.checks.agreement import agreement_faults
from pipeline.delivery.ddex.checks.structure import structure_faults
from pipeline.delivery.ddex.message.elements import Element, read_message
from tests.support.ddex import EXAMPLES, ODD, dispatched, example, submission

RELEASES = {name: submission(example(name), joined=(4,)) for name in EXAMPLES} | ODD


def checks(name: str) -> tuple[Element, Callable[[Element], Iterator[Fault]]]:
    """The message of a release, and what is found wrong in one that ought to be it."""
    given = RELEASES[name]
    message, dispatch, laid = dispatched(given)

    def found(root: Element) -> Iterator[Fault]:
        yield from structure_faults(root)
        yield from agreement_faults(root, given, dispatch, laid.uris)

    return read_message(message), found


def is_noticed(faults: Iterator[Fault]) -> bool:
    return next(faults, None) is not None


def mutated(root: Element) -> Iterator[tuple[str, Element]]:
    """A copy of `root` for each element but itself and each way: what was done, and to which."""
    places = [root.getroottree().getpath(each) for each in root.iter()][1:]
    for place in places:
        for how in ("removed", "emptied", "doubled", "exchanged", "renamed"):
            copy = deepcopy(root)
            (each,) = copy.getroottree().xpath(place, namespaces={"ern": root.nsmap["ern"]})
            parent, after = each.getparent(), each.getnext()
            if how == "removed":
                parent.remove(each)
            elif how == "emptied":
                for child in list(each):
                    each.remove(child)
                each.text = None
            elif how == "doubled":
                each.addnext(deepcopy(each))
            elif how == "renamed":
                each.tag = "Else"
            elif after is not None:
                after.addnext(each)
            else:
                continue
            yield f"{how}: {place}", copy


@pytest.mark.parametrize("name", RELEASES)
def test_a_message_as_it_is_made_has_no_fault(name):
    root, found = checks(name)
    assert [*found(root)] == []


@pytest.mark.parametrize("name", [*EXAMPLES, "credits", "lossy, everywhere but"])
def test_every_element_that_is_removed_emptied_doubled_exchanged_or_renamed_is_noticed(name):
    root, found = checks(name)
    unnoticed, tried = [], 0
    for what, copy in mutated(root):
        tried += 1
        if not is_noticed(found(copy)):
            unnoticed.append(what)
    assert unnoticed == []
    assert tried > 5 * 100


@pytest.mark.parametrize("name", RELEASES)
def test_every_text_and_attribute_that_is_changed_is_noticed(name):
    root, found = checks(name)
    unnoticed = []

    def look(what):
        unnoticed.extend([] if is_noticed(found(root)) else [what])

    for each in root.iter():
        kept = each.text
        if not len(each):
            each.text = kept[:-1] + ("7" if kept[-1] != "7" else "8")
            look(f"{each.tag}: {kept}")
            each.text = kept
        for attribute, value in list(each.attrib.items()):
            each.set(attribute, value + "x")
            look(f"{each.tag}@{attribute}")
            del each.attrib[attribute]
            look(f"{each.tag} without {attribute}")
            each.set(attribute, value)
    assert unnoticed == []
    assert [*found(root)] == []


@over(st.data())
def test_two_texts_that_change_places_are_noticed(data):
    root, found = checks(data.draw(st.sampled_from(EXAMPLES)))
    leaves = [each for each in root.iter() if not len(each)]
    one, other = data.draw(st.lists(st.sampled_from(leaves), min_size=2, max_size=2, unique_by=id))
    if one.text != other.text:
        one.text, other.text = other.text, one.text
        assert is_noticed(found(root))


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        (".//ISRC", "QZGLM260000", "characters, expected 12"),
        (".//ICPN", "850026000017", "check digit"),
        (".//PartyId", "PADPIDA2013042401X", "expected U"),
        (".//ReleaseLabelReference", "P9", "P9 is not there"),
        (".//DealReleaseReference", "R9", "R9 is not there"),
        (".//LinkedReleaseResourceReference", "A9", "A9 is not there"),
        (".//ReleaseResourceReference", "A2", "wanted every recording once"),
        (".//TechnicalResourceDetailsReference", "T2", "wanted T1 and on"),
        (".//URI", "../../etc/passwd\n", "form"),
        (".//URI", "/etc/passwd", "form"),
        (".//TerritoryCode", "UK", "form"),
        (".//UseType", "Listen", "form"),
        (".//MessageCreatedDateTime", "2026-13-01T00:00:00.000Z", "form"),
        (".//Duration", "3:05", "form"),
    ],
)
def test_a_slip_is_told_by_the_form_alone_with_its_place(path, text, words):
    root, _ = checks("quiet-rooms")
    root.find(path).text = text
    assert any(words in str(fault) for fault in structure_faults(root))


def test_a_child_in_the_namespace_of_the_root_is_noticed():
    """The fault of most messages that are made by hand: xmlns="..." on the root."""
    root, _ = checks("quiet-rooms")
    text = etree.tostring(root).replace(b"xmlns:ern=", b"xmlns=").replace(b"ern:", b"")
    assert any("not known there" in str(fault) for fault in structure_faults(read_message(text)))


def test_comments_and_instructions_are_noticed():
    for strange in (etree.Comment("x"), etree.ProcessingInstruction("x", "y")):
        root, _ = checks("quiet-rooms")
        root.find("PartyList").append(strange)
        assert any("comment or instruction" in str(fault) for fault in structure_faults(root))
