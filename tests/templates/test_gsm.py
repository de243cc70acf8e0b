"""The alphabet of text messages."""

import pytest

from templates.gsm import BASIC, gsm_length, to_gsm


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("¿Qué mañana?", "¿Qué mañana?"),
        ("Llámenos así", "Llamenos asi"),
        ("“Go” — now…", '"Go" - now...'),
        ("好 ☺", "? ?"),
    ],
)
def test_letters_that_the_alphabet_lacks_are_replaced(text: str, written: str) -> None:
    assert to_gsm(text) == written
    assert set(to_gsm(text)) <= BASIC


def test_letters_of_the_extension_table_count_twice() -> None:
    assert gsm_length("5 €") == 4
