"""F-211: the names of patients, of our own people and of whoever signed a review, in a public reply."""

import pytest

from models.rules.reply_checker import check
from models.rules.reply_names import KnownNames, candidates, name_words, pairs_within, whole_names
from models.rules.reply_words import Why

PATIENTS = (
    ("Maria Elena", "López García"),
    ("Grace", "Will"),
    ("Mark", "Stone"),
    ("Nguyen", "Tran"),
    ("Rose", "May"),
    ("Łukasz", "Nowak"),
    ("Rosa", "Flores"),
    ("D'Angelo", "O\u2019Brien"),
    ("Best", "Young"),
)
OWN = "Dr. Avery Stone of Maple Street Family Medicine"
STAFF_CALLED_MARIA = "maria"


def known(text: str, *, signed: str = "") -> KnownNames:
    asked = candidates(text)
    whole = frozenset[str]().union(*(whole_names(first, last) for first, last in PATIENTS))
    single = frozenset[str]().union(*(name_words(f"{first} {last}") for first, last in PATIENTS))
    return KnownNames(
        asked & whole, asked & single, name_words(OWN) | {STAFF_CALLED_MARIA}, pairs_within(OWN), name_words(signed)
    )


def seen(text: str, *, signed: str = "") -> list[tuple[Why, str, bool]]:
    names = {Why.PATIENT_NAME, Why.NAME, Why.SIGNED_NAME}
    found = [one for one in check(text, known(text, signed=signed)) if one.why in names]
    return [(one.why, text[one.start : one.end], one.is_doubtful) for one in found]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Thank you, Maria Lopez.", "Maria Lopez"),
        ("Thank you, maria lópez.", "maria lópez"),
        ("Thank you, Elena García.", "Elena García"),
        ("Thank you, MARIA LOPEZ.", "MARIA LOPEZ"),
        ("Lopez, Maria: thank you.", "Lopez, Maria"),
        ("Maria E. Lopez wrote to us.", "Maria E. Lopez"),
        ("Maria de la Lopez wrote to us.", "Maria de la Lopez"),
        ("Grace Will wrote to us.", "Grace Will"),
        ("Thank you, Rose May.", "Rose May"),
        ("Gracias, Rosa Flores.", "Rosa Flores"),
        ("Thank you, D'Angelo O'Brien.", "D'Angelo O'Brien"),
        ("We told Nguyen Tran so.", "Nguyen Tran"),
    ],
)
def test_a_patients_whole_name_blocks_however_it_is_written(text: str, named: str) -> None:
    assert (Why.PATIENT_NAME, named, False) in seen(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("We agree with Elena on this.", "Elena"),
        ("Thank you, Grace.", "Grace"),
        ("Grace, thank you.", "Grace"),
        ("We told Will so.", "Will"),
        ("Thank you, Mark!", "Mark"),
        ("Nowak is right.", "Nowak"),
        ("Gracias, Flores.", "Flores"),
    ],
)
def test_a_single_name_of_a_patient_is_doubtful(text: str, named: str) -> None:
    assert seen(text) == [(Why.PATIENT_NAME, named, True)]


@pytest.mark.parametrize(
    "text",
    [
        "Will you call our office?",
        "Grace matters to us.",
        "We will call back by grace and hope.",
        "May we ask for a call?",
        "Best regards, the team",
        "We may mark this as done.",
        "Flores y rosas para todos.",
        "THANK YOU. WE WILL DO BETTER AND MARK IT.",
        "Young and old are welcome.",
        "Dr. Stone and Dr. Avery Stone read every review.",
        "The team of Maple Street Family Medicine",
        "Lucas is a name that nobody here has.",
    ],
)
def test_words_that_are_names_elsewhere_pass(text: str) -> None:
    assert seen(text) == []


def test_the_reviewer_as_signed_is_doubtful_and_blocked_beyond_that() -> None:
    """A greeting by the signed name confirms nothing, but a reply needs no name: a second person decides."""
    assert seen("Thank you, Zoe.", signed="Zoe K.") == [(Why.SIGNED_NAME, "Zoe", True)]
    assert seen("Thank you, Maria Lopez.", signed="Maria G.") == [(Why.PATIENT_NAME, "Maria Lopez", False)]
    assert seen("Thank you, Maria Lopez.", signed="Maria Lopez") == [(Why.PATIENT_NAME, "Maria Lopez", False)]


def test_names_of_two_of_our_own_do_not_excuse_a_patients_whole_name() -> None:
    """A Maria and a Dr. Lopez work here; Maria Lopez is a patient all the same."""
    names = KnownNames(
        frozenset({"maria lopez"}), frozenset(), frozenset({"maria", "lopez"}), frozenset({"luis lopez"})
    )
    assert [one.is_doubtful for one in check("Thank you, Maria Lopez.", names)] == [False]
    assert check("Thank you, Luis Lopez and Maria.", names) == ()


def test_only_whole_words_are_looked_up() -> None:
    assert candidates("Ana, J. de la Cruz") == {"ana", "cruz", "ana cruz", "cruz ana"}
