"""Phone numbers as people in the United States write them."""

from re import fullmatch


def written_number(number: str) -> str:
    """Write +12025550143 as (202) 555-0143; anything else stays as it is."""
    found = fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", number)
    return f"({found[1]}) {found[2]}-{found[3]}" if found else number
