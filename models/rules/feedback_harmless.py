"""Words of stopping that are about something else: visits, pain, medicines, buses; and words near them (F-205)."""

from typing import Final

_VISIT: Final = (
    r"(?:appointment|appt|apt|appoint|apointment|visit|checkup|check up|surgery|procedure|exam|test|mri|xray|scan|lab|"
    r"labs|order|prescription|rx|refill|referral|insurance|plan|policy|card|membership|session|therapy|consult\w*|"
    r"physical|cleaning|followup|follow up|spot|slot|meeting|class|trip|flight|today|tomorrow|tonight|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|next week|this week|my \d+\w*|the \d+\w*|\d+\w*|and resched\w*|"
    r"or resched\w*|last minute|because|due to)"
)
_BODY: Final = (
    r"(?:bleeding|hurting|coughing|crying|sneezing|itching|vomiting|throwing|shaking|sweating|snoring|smoking|drinking|"
    r"vaping|eating|taking|using|breathing|working|swelling|thinking|laughing|smiling|running|exercising"
    r"|growing|biting|"
    r"scratching|wearing|the pain|pain|the bleeding|the meds?|the medication\w*|medication\w*|the medicine|my med\w*|"
    r"my pills?|the pills?|the antibiotics?|antibiotics?|the treatment|treatment|insulin|metformin|ibuprofen|aspirin|"
    r"birth control|the infection|the itch\w*|the cough\w*|cigarettes|alcohol|sugar|caffeine|coffee|drugs|soda|my job|"
    r"work|school|the spread|the process|the clock|date|sign|light|loss|nicotine|"
    r"(?:my |the |his |her )?(?:\w+ )?(?:thinners?|inhaler|medicine|meds|pressure|drops|cream|vitamins?"
    r"|pills?|therapy|diet|period|rash))"
)
HARMLESS: Final = (
    (
        r"\b(?:put|puts|putting) (?:a|an) (?:stop|end) to\b|\bmake (?:it|the \w+) stop\b|\bjust kidding\b"
        r"|\bmurio de risa\b"
    ),
    r"\b(?:bus|non|pit|truck|rest|train|last|next|first|one|full|door|tram|subway) ?stops?\b|\bnonstop\b",
    r"\bstop(?:ped|ping|s)? (?:by|in|at|over|off|and (?:see|get|pick|say))\b",
    rf"\b(?:stop(?:ped|ping|s)?|quit(?:ting|s)?|end(?:ed|ing)?|cease\w*) (?:the |my |all |with )?{_BODY}\b",
    (
        r"\b(?:cant|cannot|can not|couldnt|could not|wont|wouldnt|will not|doesnt|does not|didnt|never|hasnt|wasnt) "
        r"(?:\w+ )?(?:stop\w*|quit\w*|end\w*)(?: \w+ing)?(?: it)?\b(?! (?:texting|messaging|sending|contacting))"
    ),
    (
        r"\b(?:pain|bleeding|cough|symptoms?|rash|fever|itching|swelling|headaches?|it|he|she|they|has|have|heart) "
        r"(?:has |have |had |finally |just |never |all )*(?:stopp?ed|stops|ended|quit)\b"
    ),
    rf"\b(?:cancel|cancell?ing|cancell?ed|cancels) (?:\w+ ){{0,3}}?{_VISIT}\b|\bcancell?ation\b",
    rf"\b{_VISIT} (?:\w+ ){{0,3}}?(?:to be |be |was |is |got |been )?cancell?ed\b|\bcancel it and\b|\bcancel for\b",
    (
        r"\b(?:cancelar|cancelo|cancele|cancelen|cancelaron|cancelara|cancelado|cancelada|cancela) (?:\w+ ){0,2}?"
        r"(?:cita|visita|consulta|cirugia|orden|receta|turno|examen|plan|manana|lunes|martes|miercoles"
        r"|jueves|viernes|hoy)\b"
    ),
    r"\b(?:cita|visita|consulta) (?:\w+ ){0,3}?cancel\w+",
    (
        r"\b(?:remove|removed|take out|took out) (?:my |the |his |her |a |some )?(?:stitch\w*|sutures?"
        r"|cast|mole|tooth|teeth|"
        r"wax|splinter|bandage|staples|iud|gallbladder|appendix)\b"
    ),
    (
        r"\btake me off (?:of )?(?:the |my |this |that )?(?:\w+ )?(?:med\w*|pills?|metformin|insulin|schedule"
        r"|statins?|meds)\b"
    ),
    (
        r"\bno more (?:pain|bleeding|fever|cough\w*|symptoms?|headaches?|problems?|issues|questions?|surgery"
        r"|swelling|refills)\b"
    ),
    r"\b(?:went|goes|go|going|was|landed|it|is|are) (?:straight )?(?:to|in|into) (?:my |the )?spam\b",
    r"\b(?:not|good|well|kind|nice|sure|fast|soon|old|strong) enough\b|\benough (?:time|water|sleep|rest|food|good)\b",
    (
        r"\bno (?:mas )?(?:dolor|tos|fiebre|sangrado|molestias?|sintomas)\b|\bya no (?:me )?(?:duele|tengo"
        r"|siento|sangra)\b"
    ),
    r"\b(?:deje|dejo|dejar|dejado) de (?:fumar|tomar|beber|doler|sangrar|toser|comer|trabajar|usar)\b",
    (
        r"\bno (?:para|paro|paraba|deja|dejo) de \w+|\bparada (?:de|del)\b|\bbasta con\b"
        r"|\bquit\w+ (?:los puntos|el yeso|el dolor)\b"
    ),
    r"\bno (?:me )?molest\w* (?:ya|mas|nada|la|el|tanto|mucho)\b|\bme molest\w+ (?:la|el|un|mi|mucho|las|los|al)\b",
    (
        r"\b(?:dont|do not|no longer) (?:want|need) (?:to )?(?:get |have |any |more |any more |the "
        r"|a )*(?:vaccin\w*|shots?|flu|"
        r"surgery|pain\w*|med\w*|pills?|refills?|appointment|appt|treatment|procedure|test|operation|injections?)\b"
    ),
    (
        r"\bopt(?:ed|ing)? out of (?:the |my |a |this |having |getting )?(?:surgery|procedure|vaccine|shot"
        r"|test|treatment|epidural)\b"
    ),
)
"""Words of stopping that are about something else: they are taken out before anything is read."""

KEYS: Final = ("unsubscribe", "cancel", "stop")
"""Words that are recognised with a slip of the finger."""
REAL_WORDS: Final = frozenset(
    [
        "stops",
        "step",
        "steps",
        "shop",
        "ship",
        "top",
        "tops",
        "stow",
        "stoop",
        "stomp",
        "strop",
        "slop",
        "sop",
        "spot",
        "shot",
        "atop",
        "crop",
        "drop",
        "prop",
        "scope",
        "stock",
        "store",
        "story",
        "sto",
        "stp1",
        "cancer",
        "cancels",
        "cancelo",
        "cancela",
        "cancele",
        "canceled",
        "cancelar",
        "subscribe",
        "subscribed",
        "unsubscribed",
        "unsubscribes",
        "estop",
        "soap",
        "slot",
        "stool",
        "stood",
        "scoop",
        "swop",
    ]
)
"""Words that are near one of them, and mean something else."""
