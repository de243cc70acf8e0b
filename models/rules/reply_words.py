"""Words of a public reply that would tell that somebody is a patient: in English, as data (F-211)."""

from enum import StrEnum
from typing import Final, NamedTuple


class Why(StrEnum):
    """What is wrong with some words of a reply."""

    PATIENT_NAME = "patient_name"
    NAME = "name"
    SIGNED_NAME = "signed_name"
    DATE = "date"
    HOUR = "hour"
    VISIT = "visit"
    PATIENT = "patient"
    CARE = "care"
    MEDICAL = "medical"
    MONEY = "money"
    RECORD = "record"
    STATEMENT = "statement"
    PHONE = "phone"
    MAIL = "mail"
    TOO_LONG = "too_long"
    EMPTY = "empty"


class Words(NamedTuple):
    """Patterns of one reason; `is_doubtful` ones have harmless readings, which a second person may see."""

    why: Why
    patterns: tuple[str, ...]
    is_doubtful: bool = False


class Harmless(NamedTuple):
    """Phrases that are no finding of these reasons."""

    patterns: tuple[str, ...]
    whys: frozenset[Why] = frozenset(Why)


_MONTH: Final = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan\.?|feb\.?|mar\.?|apr\.?|jun\.?|jul\.?|aug\.?|sept?\.?|oct\.?|nov\.?|dec\.?)"
)
_DAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_TEAM: Final = (
    r"(?:we|i|they|she|he|(?:our|the|my) (?:\w+ )?"
    r"(?:team|staff|doctors?|providers?|nurses?|physicians?|surgeons?|dentists?)|dr\.? \w+)"
)
_DONE: Final = (
    r"(?:treat(?:ed)?|s(?:aw|een?)|examined?|diagnosed?|prescribed?|scheduled?|operated on|billed?|charged?|called|"
    r"cared for|took care of|looked after|served?|assisted|vaccinated?|tested|referred|discharged|refunded|"
    r"told|gave|explained to|met(?: with)?|welcomed|helped|gave)"
)
_FAMILY: Final = r"(?:child|son|daughter|baby|kid|kids|children|mother|mom|father|dad|husband|wife|parent|parents)"
_YOURS: Final = (
    r"(?:results?|charts?|records?|files?|case|history|labs?|tests?|scans?|conditions?|health|care|treatments?|recovery|"
    r"symptoms?|medications?|pain|surger(?:y|ies)|procedures?|diagnosis|prescriptions?|insurance|claims?|co-?pays?|"
    r"bills?|balance|account|invoices?|statement|doctors?|nurses?|providers?|physicians?|therapists?|dentists?|"
    r"specialists?|hygienist|visits?|appointments?|stay|pregnancy|injur(?:y|ies)|illness|wait|time (?:with|here|at)|"
    r"next|last|recent|previous|first)"
)

ENGLISH: Final = (
    Words(
        Why.VISIT,
        (
            r"visit(?:s|ed|ing)?",
            r"appointments?|appts?",
            r"check-? ?ups?",
            r"consult(?:s|ed|ing|ations?)?",
            r"exams?|examin(?:e|ed|ing|ations?)",
            r"follow(?:ed|ing)?[- ]?ups? (?:visit|call|exam)s?",
            r"your follow[- ]?ups?",
            r"screenings?|televisits?|walk-?ins?|no-?shows?",
            r"telehealth (?:call|session)s?",
            r"checked[- ]in|re-?schedul(?:e|ed|ing)",
        ),
    ),
    Words(
        Why.CARE,
        (
            r"treat(?:s|ed|ing|ments?)?",
            r"therap(?:y|ies|ists?)|surger(?:y|ies)|surgical(?:ly)?|operated on",
            r"procedures?",
            r"prescri(?:be[sd]?|bing|ptions?)|refill(?:s|ed)?|medications?|medicines?|meds",
            r"diagnos(?:e[sd]?|is|ing|tics?)",
            r"the care (?:that )?you",
        ),
    ),
    Words(
        Why.MEDICAL,
        (
            r"symptoms?|dos(?:es?|age)|vaccin\w*|immuni[sz]\w*|injections?|injur(?:y|ies|ed)|illness(?:es)?",
            r"x-?rays?|mris?|ultrasounds?|biops(?:y|ies)|ct scans?|colonoscop\w*|mammogra\w*|pap smears?",
            r"blood ?(?:work|tests?|draws?|pressure|sugar)|labs?|lab (?:work|tests?|results?)|cholesterol",
            r"diabet(?:es|ic)|asthma\w*|cancers?|tumou?rs?|pregnan\w*|depress(?:ion|ed)|anxiety|adhd|arthritis",
            r"hypertension|infect(?:ion|ions|ed)|flu|covid(?:-19)?|rash(?:es)?|acne|eczema|migraines?|headaches?",
            r"(?:back|neck|knee|hip|chest|shoulder|foot|tooth) pain|root canals?|allerg(?:y|ies|ic)|strokes?|seizures?",
            r"hernias?|fractures?|wounds?|stitches|thyroid|kidneys?|liver|heart attacks?|cardiac|hiv|herpes|hepatitis",
            r"std|sti|overdos\w*|addict\w*|rehab\w*|opioids?|antibiotics?|insulin|steroids?|ibuprofen|botox|fillers?",
            r"implants?|ivf|abortions?|miscarriages?|contracepti\w*|obes(?:e|ity)|dementia|alzheimer\w*|autis\w*|ptsd",
            r"bipolar|schizophreni\w*|psychiatr\w*|chemo\w*|dialysis|transplants?|epilep\w*|anesthe\w*",
        ),
    ),
    Words(
        Why.MONEY,
        (
            r"insur(?:ances?|ers?|ed)|co-?pay(?:s|ments?)?|deductibles?|medicare|medicaid|invoices?|coverage",
            r"billed|refund(?:s|ed)?|overcharg\w*|your claims?|out[- ]of[- ]network",
        ),
    ),
    Words(Why.MONEY, (r"bill(?:s|ing)?|payments?|balances?|charges?|charged|claims?",), is_doubtful=True),
    Words(
        Why.RECORD,
        (
            rf"your (?:\w+ )?{_YOURS}",
            rf"your (?:\w+ )?{_FAMILY}",
            r"(?:test|lab|scan) results?",
            r"(?:medical|health|patient) (?:records?|charts?|history|files?|conditions?)",
            r"our (?:records|files|charts|notes) (?:show|say|indicate|tell|confirm)\w*",
        ),
    ),
    Words(
        Why.PATIENT,
        (
            r"as (?:our|an?|one of our|my) (?:\w+ )?(?:patient|client|customer)s?",
            r"(?:valued|loyal|former|new|existing|current|long-?time|established|returning|favou?rite) patients?",
            r"you(?:'re| are| were| have been|'ve been) (?:\w+ )?(?:our|an?|one of our|my) (?:\w+ )?patients?",
            r"being (?:our|an?|my) (?:\w+ )?patients?",
        ),
    ),
    Words(Why.PATIENT, (r"patients?(?:'s|')?|clients?",), is_doubtful=True),
    Words(
        Why.STATEMENT,
        (
            (
                r"(?:when|after|before|while|since|once|until) you(?:'d| had| have|'ve)? (?:\w+ )?"
                r"(?:came?|were|arrived?|called|phoned|saw|left|got|met|stopped|checked|been|waited|sat|received|signed)"
            ),
            r"you (?:\w+ )?(?:came|arrived|were (?:seen|treated|here|told|given|charged|billed)|received from us)",
            rf"{_TEAM} (?:\w+ ){{0,2}}{_DONE} you",
            r"see(?:ing)? you (?:again|soon|next|back|at|in|on)|saw you",
            (
                r"(?:nice|good|great|pleasure|lovely|happy|glad|wonderful|pleased|honou?r(?:ed)?|privilege)"
                r"(?: (?:to|of))? (?:see|seeing|meet|meeting|treat|having|have|had|serv\w+|help\w*|car\w+ for) you"
            ),
            r"hav(?:e|ing) you (?:as|with us|here)|welcom\w+ you back|com(?:e|ing) back (?:to|in|for)",
            r"your experience (?:with (?:us|our|dr)|at our|here|in our)",
            r"(?:trust(?:ing|ed)?|entrust(?:ing|ed)?) (?:us|our \w+) (?:with|for)",
            r"(?:thank you|thanks) for (?:coming|being here|stopping by|letting us|allowing us|your (?:loyalty|trust))",
            r"(?:choos(?:e|ing)|chose) (?:us|our \w+) for your",
        ),
    ),
    Words(
        Why.STATEMENT,
        (r"(?:choos(?:e|ing)|chose|chosen) (?:us|our \w+)", r"your experience", r"come (?:back|again)"),
        is_doubtful=True,
    ),
    Words(
        Why.DATE,
        (
            rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}",
            rf"(?:in|last|since|during) {_MONTH}(?: \d{{4}})?",
            r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}",
            rf"(?:on|last|this past|next|that) {_DAY}",
            r"yesterday|the other day|last (?:week|month|year|night|spring|summer|fall|autumn|winter)",
            r"(?:an?|one|two|three|four|several|few|\d+) (?:days?|weeks?|months?) ago",
            r"this (?:morning|afternoon)",
        ),
    ),
    Words(Why.HOUR, (r"\d{1,2}(?::\d{2})? ?[ap]\.?m\b\.?", r"\d{1,2}:\d{2}"), is_doubtful=True),
)

HARMLESS_ENGLISH: Final = (
    Harmless(
        (
            (
                r"visit(?:s|ed|ing)? (?:us (?:online|on (?:our|the))|(?:our|the|this) (?:\w+ )?"
                r"(?:web ?site|site|web ?page|page|profile|blog|listing))"
            ),
            r"visits? to (?:our|the|this) (?:web ?site|site|page)",
            r"treat(?:s|ed|ing)? (?:everyone|everybody|all|people|others|each other|one another|every \w+)",
            r"(?:policies and|policy and|office|internal|safety|our own|company) procedures?",
            (
                r"(?:any|anyone's|anybody's|a person's|people's|personal|protected|private|about) (?:health|medical)"
                r"(?: or (?:health|medical))? (?:information|matters|records|details)"
            ),
            r"(?:be|been|stay|remain|so|very|more|were) patient(?! of| at| here)|being patient|patient with (?:us|our)",
            r"patients?(?:'s?|s')? (?:privacy|confidentiality)|privacy of (?:\w+ )?patients",
            (
                r"(?:who|whether (?:or not )?(?:someone|anyone|somebody|anybody|a person|a reviewer|a writer)) "
                r"is(?: or is not| or isn't)? (?:an?|our) patient"
            ),
            r"our office and billing hours",
            r"in charge",
        )
    ),
    Harmless(
        (r"(?:open|hours are|available|reach us|office hours) (?:[ap]\.m\.?|[^.!?]){0,90}",), frozenset({Why.HOUR})
    ),
    Harmless((r"since (?:19|20)\d\d", r"24/7"), frozenset({Why.DATE})),
)
