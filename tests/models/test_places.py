"""Where a person may be: ZIP codes, area codes and the practice; every candidate counts."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from models.inputs.place_tables import STATE_OF_AREA, ZIP_RANGES, ZONES_OF_AREA, ZONES_OF_STATE, ZONES_OF_ZIP
from models.inputs.places import candidate_places, places_of_phone, places_of_zip
from models.rules.feedback_laws import LAWS
from models.rules.feedback_windows import Place

HERE = Place("America/New_York", "NY")
SAME_CLOCKS = {
    "America/Boise": "America/Denver",
    "America/St_Thomas": "America/Puerto_Rico",
    "Pacific/Saipan": "Pacific/Guam",
    "America/Juneau": "America/Anchorage",
    "America/North_Dakota/Center": "America/Chicago",
}

ACCEPTED: dict[str, set[str]] = {"907": {"Pacific/Honolulu"}, "689": {"America/Chicago"}}
"""Slips of the library: 689 is Orlando."""
US_NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC",
    "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "Washington D.C.": "DC", "Washington State": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip


@pytest.mark.parametrize(
    ("zip_code", "places"),
    [
        ("10001", {HERE}),
        ("33101", {Place("America/New_York", "FL")}),
        ("32501", {Place("America/Chicago", "FL")}),  # Pensacola
        ("32401", {Place("America/New_York", "FL"), Place("America/Chicago", "FL")}),
        ("79901", {Place("America/Denver", "TX")}),  # El Paso
        ("75201", {Place("America/Chicago", "TX")}),
        ("85001", {Place("America/Phoenix", "AZ")}),
        ("86515", {Place("America/Phoenix", "AZ"), Place("America/Denver", "AZ")}),  # the Navajo Nation changes clocks
        ("97914", {Place("America/Denver", "OR"), Place("America/Los_Angeles", "OR")}),
        ("96813", {Place("Pacific/Honolulu", "HI")}),
        ("00601-1234", {Place("America/Puerto_Rico", "PR")}),
        ("06390", {Place("America/New_York", "CT"), HERE}),  # Fishers Island is New York's
        ("46402", {Place("America/Chicago", "IN")}),
        ("46204", {Place("America/New_York", "IN")}),
        ("99501", {Place("America/Anchorage", "AK"), Place("America/Adak", "AK")}),
    ],
)
def test_a_zip_code_names_every_place_that_it_may_be_f_204(zip_code: str, places: set[Place]) -> None:
    assert set(places_of_zip(zip_code[:3])) == places


@pytest.mark.parametrize("zip_code", ["", "09012", "34002", "96201", "ABC12", "12", "000", "\u0661\u0662\u0663"])
def test_military_mail_and_what_is_no_zip_code_names_no_place_f_204(zip_code: str) -> None:
    assert places_of_zip(zip_code[:3]) == ()


@pytest.mark.parametrize(
    ("phone", "places"),
    [
        ("+12125550143", {HERE}),
        ("+18505550143", {Place("America/New_York", "FL"), Place("America/Chicago", "FL")}),
        ("+12085550143", {Place("America/Denver", "ID"), Place("America/Los_Angeles", "ID")}),
        ("+19155550143", {Place("America/Denver", "TX")}),
        ("+16845550143", {Place("Pacific/Pago_Pago", "AS")}),
        ("+525555550143", {Place("America/Mexico_City")}),
        ("+18005550143", set()),
        ("+1", set()),
        ("", set()),
        ("somebody", set()),
    ],
)
def test_a_number_names_the_places_of_its_area_code_f_204(phone: str, places: set[Place]) -> None:
    assert set(places_of_phone(phone)) == places


def test_the_zip_code_comes_first_then_the_number_and_last_the_practice_f_204() -> None:
    places = candidate_places(zip_code="96813", phone="+13125550143", practice=HERE)
    assert places == (Place("Pacific/Honolulu", "HI"), Place("America/Chicago", "IL"), HERE)


def test_what_agrees_is_one_place_and_what_is_unknown_leaves_the_practice_f_204() -> None:
    assert candidate_places(zip_code=" 10001 ", phone="+12125550143", practice=HERE) == (HERE,)
    assert candidate_places(zip_code="", phone="", practice=HERE) == (HERE,)


def test_every_state_with_a_law_can_be_found_by_zip_code_and_by_area_code_f_203_f_204() -> None:
    states = {law.state for law in LAWS}
    assert states <= {state for _, _, state in ZIP_RANGES}
    assert states <= set(STATE_OF_AREA.values())


def test_every_zone_of_the_tables_exists() -> None:
    zones = {zone for table in (ZONES_OF_STATE, ZONES_OF_ZIP, ZONES_OF_AREA) for row in table.values() for zone in row}
    assert {ZoneInfo(zone).key for zone in zones} == zones


def test_narrowed_zones_are_zones_of_their_state_except_where_a_border_town_keeps_other_clocks() -> None:
    for area, zones in ZONES_OF_AREA.items():
        assert set(zones) <= set(ZONES_OF_STATE[STATE_OF_AREA[area]])
    for prefix, kept in ZONES_OF_ZIP.items():
        states = [state for first, last, state in ZIP_RANGES if first <= int(prefix) <= last]
        assert states, prefix
        assert any(set(kept) <= set(ZONES_OF_STATE[state]) for state in states) or prefix == "368", prefix


def test_our_zones_of_an_area_code_hold_what_the_numbering_library_knows_of_its_exchanges_f_204() -> None:
    for area, state in STATE_OF_AREA.items():
        known = {zone for key, zones in TIMEZONE_DATA.items() if key.startswith("1" + area) for zone in zones}
        ours = set(ZONES_OF_AREA.get(area, ZONES_OF_STATE[state]))
        missing = {SAME_CLOCKS.get(zone, zone) for zone in known} - ours
        assert missing <= ACCEPTED.get(area, set()), (area, missing)


def test_every_american_area_code_that_the_numbering_library_names_is_known() -> None:
    named = {
        key[1:]: names.get("en", "") for key, names in GEOCODE_DATA.items() if key.startswith("1") and len(key) == 4
    }
    american = {
        area for area, name in named.items() if name in US_NAMES or (", " in name and name[-2:] in ZONES_OF_STATE)
    }
    assert american <= set(STATE_OF_AREA)
    for area in american:
        name = named[area]
        assert STATE_OF_AREA[area] == (name[-2:] if ", " in name else US_NAMES[name]), area


@given(st.text(max_size=12), st.text(max_size=18))
def test_whatever_was_typed_the_practice_is_always_a_candidate_f_204(zip_code: str, phone: str) -> None:
    assert HERE in candidate_places(zip_code=zip_code, phone=phone, practice=HERE)
