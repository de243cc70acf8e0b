"""The alphabet of text messages."""

import pytest

from templates.gsm import BASIC, gsm_length, shortened, to_gsm


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


@pytest.mark.parametrize(
    ("name", "places", "written"),
    [
        ("Cedar Hill", 10, "Cedar Hill"),
        ("Cedar Hill Clinic", 14, "Cedar Hill..."),
        ("Cedar Hill Clinic", 13, "Cedar Hill..."),
        ("Featherstonehaugh", 12, "Featherst..."),
        ("Stone & Sons Clinic", 11, "Stone..."),
        ("€€€€€€", 9, "€€€..."),
        ("Peña Salud", 10, "Peña Salud"),
    ],
)
def test_a_name_is_cut_behind_a_word_where_one_ends_near(name: str, places: int, written: str) -> None:
    """F-214."""
    assert shortened(name, places) == written
    assert gsm_length(written) <= places
