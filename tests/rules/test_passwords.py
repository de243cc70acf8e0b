"""What a password must be."""

import pytest

from models.rules.passwords import Fault, password_fault, plain_password

OWN = ("Dana Whitaker", "dana.whitaker@maplestreet.example.com", "office", "maple-street")


@pytest.mark.parametrize(
    "password",
    [
        "the kettle sings at seven",
        "correct horse battery staple",
        "sunshine dragon monkey summer",
        "vLq8#mZr2!tWx",
        "ñandú azul sobre el tejado",
        "Tres tristes tigres trigaban",
    ],
)
def test_a_sentence_or_enough_random_signs_will_do(password: str) -> None:
    assert password_fault(password, own=OWN) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elevensigns", Fault.TOO_SHORT),
        ("x" * 129, Fault.TOO_LONG),
        ("aaaaaaaaaaaab", Fault.TOO_EVEN),
        ("kzwqvkzwqvkzwqv", Fault.TOO_EVEN),
        ("Password2026!", Fault.COMMON),
        ("p4$$w0rd-2026", Fault.COMMON),
        ("WelcomeSummer26", Fault.COMMON),
        ("qwertyuiop123", Fault.COMMON),
        ("123456789012", Fault.COMMON),
        ("zyxwvutsrqpo12", Fault.COMMON),
        ("Contraseña-2026", Fault.COMMON),
        ("my Whitaker secret", Fault.OWN_WORDS),
        ("MAPLE in the garden", Fault.OWN_WORDS),
        ("at the office window", Fault.OWN_WORDS),
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str, fault: Fault) -> None:
    assert password_fault(password, own=OWN) is fault


def test_short_parts_of_a_name_do_not_spoil_a_password() -> None:
    assert password_fault("a bold wine from the hills", own=("Bo Li", "bo@li.example.test")) is None


def test_every_keyboard_types_the_same_password() -> None:
    assert plain_password("cafe\u0301 ﬁne") == plain_password("caf\u00e9 fine")
