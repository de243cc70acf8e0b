"""Which states and zones ZIP codes and area codes belong to: public facts, compact, with several where they cross."""

from typing import Final

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
ARIZONA, ALASKA, ALEUTIANS, HAWAII = "America/Phoenix", "America/Anchorage", "America/Adak", "Pacific/Honolulu"
ATLANTIC, CHAMORRO, SAMOA = "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago"

_EAST_AND_CENTRAL: Final = (EASTERN, CENTRAL)
_CENTRAL_AND_MOUNTAIN: Final = (CENTRAL, MOUNTAIN)
_MOUNTAIN_AND_PACIFIC: Final = (MOUNTAIN, PACIFIC)

_STATES: Final = {
    (EASTERN,): "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    (CENTRAL,): "AL AR IA IL LA MN MO MS OK WI",
    (MOUNTAIN,): "CO MT NM UT WY",
    (PACIFIC,): "CA WA",
    (ARIZONA, MOUNTAIN): "AZ",
    (ALASKA, ALEUTIANS): "AK",
    (HAWAII,): "HI",
    (ATLANTIC,): "PR VI",
    (CHAMORRO,): "GU MP",
    (SAMOA,): "AS",
    ("Pacific/Palau",): "PW",
    ("Pacific/Chuuk", "Pacific/Pohnpei"): "FM",
    ("Pacific/Majuro",): "MH",
    _EAST_AND_CENTRAL: "FL IN KY MI TN",
    _CENTRAL_AND_MOUNTAIN: "KS ND NE SD TX",
    _MOUNTAIN_AND_PACIFIC: "ID NV OR",
}
ZONES_OF_STATE: Final = {state: zones for zones, states in _STATES.items() for state in states.split()}

ZIP_RANGES: Final = (
    (5, 5, "NY"), (6, 7, "PR"), (8, 8, "VI"), (9, 9, "PR"), (10, 27, "MA"), (28, 29, "RI"), (30, 38, "NH"),
    (39, 49, "ME"), (50, 54, "VT"), (55, 55, "MA"), (56, 59, "VT"), (60, 69, "CT"), (63, 63, "NY"), (70, 89, "NJ"),
    (100, 149, "NY"), (150, 196, "PA"), (197, 199, "DE"), (200, 200, "DC"), (201, 201, "VA"), (202, 205, "DC"),
    (206, 219, "MD"), (220, 246, "VA"), (247, 268, "WV"), (270, 289, "NC"), (290, 299, "SC"), (300, 319, "GA"),
    (320, 339, "FL"), (341, 342, "FL"), (344, 344, "FL"), (346, 347, "FL"), (349, 349, "FL"), (350, 352, "AL"),
    (354, 369, "AL"), (370, 385, "TN"), (386, 397, "MS"), (398, 399, "GA"), (400, 418, "KY"), (420, 427, "KY"),
    (430, 459, "OH"), (460, 479, "IN"), (480, 499, "MI"), (500, 516, "IA"), (520, 528, "IA"), (530, 532, "WI"),
    (534, 535, "WI"), (537, 549, "WI"), (550, 551, "MN"), (553, 567, "MN"), (569, 569, "DC"), (570, 577, "SD"),
    (580, 588, "ND"), (590, 599, "MT"), (600, 620, "IL"), (622, 629, "IL"), (630, 631, "MO"), (633, 641, "MO"),
    (644, 658, "MO"), (660, 662, "KS"), (664, 679, "KS"), (680, 681, "NE"), (683, 693, "NE"), (700, 701, "LA"),
    (703, 708, "LA"), (710, 714, "LA"), (716, 729, "AR"), (730, 731, "OK"), (733, 733, "TX"), (734, 741, "OK"),
    (743, 749, "OK"), (750, 770, "TX"), (772, 799, "TX"), (800, 816, "CO"), (820, 831, "WY"), (832, 838, "ID"),
    (834, 834, "WY"), (840, 847, "UT"), (850, 853, "AZ"), (855, 857, "AZ"), (859, 860, "AZ"), (863, 865, "AZ"),
    (870, 871, "NM"), (873, 884, "NM"), (885, 885, "TX"), (889, 891, "NV"), (893, 895, "NV"), (897, 898, "NV"),
    (900, 908, "CA"), (910, 928, "CA"), (930, 961, "CA"), (967, 968, "HI"), (967, 967, "AS"), (969, 969, "GU"),
    (969, 969, "MP"), (969, 969, "PW"), (969, 969, "FM"), (969, 969, "MH"), (970, 979, "OR"), (980, 986, "WA"),
    (988, 994, "WA"), (995, 999, "AK"),
)  # fmt: skip
"""First three digits from, to, and the state; a prefix that is named twice is in either. Military mail has no place."""

_ZIP_ZONES: Final = {
    (
        EASTERN,
    ): "320-323 326-339 341 342 344 346 347 349 374 376 378 379 400 402-418 460-462 466-468 470-474 478 480-497",
    (CENTRAL,): (
        "325 370-372 375 380-385 420-424 464 476 477 570-574 580-584 587 664-676 660-662 679 680 681 683-689 "
        "733 750-770 772-797"
    ),
    (MOUNTAIN,): "577 693 799 832-834 836 837 885",
    (PACIFIC,): "838 889-891 893-895 897 970-978",
    (ARIZONA,): "850-853 855-857 859 863 864",
    (ALASKA,): "996-999",
    _EAST_AND_CENTRAL: "368",  # towns on Alabama's eastern border live by the clocks of Georgia
}
"""Where a state has several zones and a prefix lies in one of them; other prefixes have all zones of their state."""


def _prefixes(text: str) -> list[str]:
    """Spell out ranges of three digits."""
    spans = (part.split("-") for part in text.split())
    return [f"{one:03d}" for span in spans for one in range(int(span[0]), int(span[-1]) + 1)]


ZONES_OF_ZIP: Final = {prefix: zones for zones, text in _ZIP_ZONES.items() for prefix in _prefixes(text)}

_AREA_CODES: Final = {
    "AK": "907",
    "AL": "205 251 256 334 659 938",
    "AR": "327 479 501 870",
    "AS": "684",
    "AZ": "480 520 602 623 928",
    "CA": (
        "209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 "
        "747 760 805 818 820 831 837 840 858 909 916 925 949 951"
    ),
    "CO": "303 719 720 748 970 983",
    "CT": "203 475 860 959",
    "DC": "202 771",
    "DE": "302",
    "FL": ("239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954"),
    "GA": "229 404 470 478 678 706 762 770 912 943",
    "GU": "671",
    "HI": "808",
    "IA": "319 515 563 641 712",
    "ID": "208 986",
    "IL": "217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872",
    "IN": "219 260 317 463 574 765 812 930",
    "KS": "316 620 785 913",
    "KY": "270 364 502 606 859",
    "LA": "225 318 337 457 504 985",
    "MA": "339 351 413 508 617 774 781 857 978",
    "MD": "227 240 301 410 443 667",
    "ME": "207",
    "MI": "231 248 269 313 517 586 616 679 734 810 906 947 989",
    "MN": "218 320 507 612 651 763 924 952",
    "MO": "235 314 417 557 573 636 660 816 975",
    "MP": "670",
    "MS": "228 471 601 662 769",
    "MT": "406",
    "NC": "252 336 472 704 743 828 910 919 980 984",
    "ND": "701",
    "NE": "308 402 531",
    "NH": "603",
    "NJ": "201 551 609 640 732 848 856 862 908 973",
    "NM": "505 575",
    "NV": "702 725 775",
    "NY": "212 315 329 332 347 363 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934",
    "OH": "216 220 234 283 326 330 380 419 436 440 513 567 614 740 937",
    "OK": "405 539 572 580 918",
    "OR": "458 503 541 971",
    "PA": "215 223 267 272 412 445 484 570 582 610 717 724 814 835 878",
    "PR": "787 939",
    "RI": "401",
    "SC": "803 821 839 843 854 864",
    "SD": "605",
    "TN": "423 615 629 731 865 901 931",
    "TX": (
        "210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 956 "
        "972 979"
    ),
    "UT": "385 435 801",
    "VA": "276 434 540 571 686 703 757 804 826 948",
    "VI": "340",
    "VT": "802",
    "WA": "206 253 360 425 509 564",
    "WI": "262 274 353 414 534 608 715 920",
    "WV": "304 681",
    "WY": "307",
}
STATE_OF_AREA: Final = {code: state for state, codes in _AREA_CODES.items() for code in codes.split()}

_AREA_ZONES: Final = {
    (EASTERN,): (
        "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954 "
        "260 317 463 765 502 859 231 248 269 313 517 586 616 679 734 810 947 989 865"
    ),
    (CENTRAL,): (
        "615 629 731 901 931 316 913 402 531 210 214 254 281 325 346 361 409 430 469 512 621 682 713 726 737 806 817 "
        "830 832 903 936 940 945 956 972 979"
    ),
    (MOUNTAIN,): "915",
    (PACIFIC,): "702 725 503 971",
    (ARIZONA,): "480 520 602 623",
}
"""Where a state has several zones and an area code lies in one of them; other codes have all zones of their state."""
ZONES_OF_AREA: Final = {code: zones for zones, codes in _AREA_ZONES.items() for code in codes.split()}
