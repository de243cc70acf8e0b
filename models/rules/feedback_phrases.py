"""The words by which people ask not to be written to any more, and those that only sound alike (F-205).

Every pattern is matched against plain text: small letters without accents, apostrophes and marks, single spaces.
"""

from typing import Final

STOP: Final = {
    "en": frozenset(
        {
            "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out",
            "optout", "remove",
        }
    ),
    "es": frozenset(
        {
            "alto", "parar", "pare", "paren", "para", "basta", "detener", "cancelar", "cancela", "cancelen", "baja",
            "salir", "no mas", "borrar", "remover", "desuscribir", "desuscribirme",
        }
    ),
}  # fmt: skip
"""Whole texts; the seven English words of 47 CFR 64.1200(a)(10) are among them."""
START: Final = {
    "en": frozenset({"start", "unstop"}),
    "es": frozenset({"iniciar", "comenzar", "empezar", "reanudar"}),
}
HELP: Final = {"en": frozenset({"help", "info"}), "es": frozenset({"ayuda"})}
"""YES is no keyword: a text never asks for it (F-206)."""

LOOKED_AT: Final = frozenset({"cancel", "cancelar", "cancela", "cancelen"})
"""Keywords that stop and yet are shown to a person: a visit may have been meant."""
UNCLEAR_ALONE: Final = frozenset({"end", "para", "baja", "salir", "remove", "borrar", "remover", "cancel", "cancelar"})
"""Keywords that stop only when they are the whole text, not as one of its sentences."""

POLITE: Final = frozenset(
    [
        "a",
        "all",
        "already",
        "and",
        "asap",
        "at",
        "bye",
        "dear",
        "doctor",
        "dr",
        "everyone",
        "good",
        "hello",
        "hey",
        "hi",
        "immediately",
        "jesus",
        "just",
        "kindly",
        "lol",
        "maam",
        "morning",
        "now",
        "ok",
        "okay",
        "omg",
        "once",
        "plase",
        "please",
        "pleas",
        "pls",
        "plz",
        "right",
        "sir",
        "so",
        "sorry",
        "team",
        "thank",
        "thanks",
        "thankyou",
        "thx",
        "ty",
        "would",
        "you",
        "ugh",
        "well",
        "yall",
        "ahora",
        "buenas",
        "buenos",
        "de",
        "dias",
        "favor",
        "gracias",
        "hola",
        "inmediatamente",
        "ok",
        "por",
        "porfa",
        "porfavor",
        "porfis",
        "que",
        "senor",
        "senorita",
        "tardes",
        "ya",
    ]
)
"""Words around a wish that change nothing in it."""

_WRITING: Final = (
    r"(?:text|txt|message|messag|messg|msg|sms|survey|email|e ?mail|mail|notification|notif|alert|reminder|review|"
    r"feedback|questionnaire|automated|spam|link|poll)\w*"
)
_BOTHERING: Final = (
    r"(?:texting|txting|messaging|sending|contacting|bothering|spamming|harassing|annoying|pestering|bugging|asking|"
    r"writing|emailing|mailing|calling|reaching|notifying|soliciting|blowing|hounding)"
)
_ENDING: Final = r"(?:stop|stopping|stopp?ed|quit|quitting|cease|halt|end|discontinue|turn off|shut off|kill|cut out)"
_FEW: Final = r"(?:\w+ ){0,3}?"

PHRASES: Final = {
    "en": (
        rf"\b{_ENDING} {_FEW}{_BOTHERING}\b",
        rf"\b{_ENDING} (?:with )?{_FEW}{_WRITING}\b",
        rf"\bcancel {_FEW}(?:subscription|{_WRITING})\b",
        (
            rf"^(?:i said |i told you to |you need to |can you |could you |will you |i want you to )?{_ENDING} "
            r"(?:it|this|that|these|those|all|all of it|everything|them)$"
        ),
        r"^(?:i said|i told you to|you need to|can you|could you|will you|i want you to|i want it to) stop$",
        r"^stop (?:stop|i|im|ive)\b",
        (
            r"\b(?:do not|dont|donot|never) (?:ever |you ever )?(?:text|txt|message|msg|contact|email|spam"
            r"|bother|disturb|solicit)\b"
            r"(?! (?:me )?(?:and drive|(?:the |my |any )?(?:result|record|prescription|rx|bill|invoice|lab|doctor|it)))"
        ),
        r"\b(?:do not|dont|donot|never) (?:ever )?write (?:to )?(?:me|us|this)\b",
        (
            rf"\b(?:do not|dont|donot|never) (?:ever )?(?:send|sent) (?!(?:the |my |me )?(?:result|record"
            rf"|prescription|rx|bill)){_FEW}{_WRITING}\b"
        ),
        r"\b(?:do not|dont|donot|never) (?:ever )?(?:send|sent) (?:me )?(?:any ?(?:thing|more|of)|these|those|this)\b",
        r"\bno (?:more|further|mor) (?:of )?(?:these |those |your |the )?" + _WRITING,
        (
            r"^no more$|^no (?:text|txt|message|msg|sms)\w*$|\b(?:i )?hate (?:these|your|the"
            r"|getting) (?:\w+ )?(?:text|message|survey)\w*"
        ),
        (
            r"\b(?:like|prefer|rather|want|wish|asked|asking) (?:you )?(?:to )?not (?:to )?(?:get|receive|send"
            r"|text|contact|message)\b"
        ),
        r"\b(?:asked|asking|told|telling|begging|ask|tell|want|need) (?:you|u|yall) (?:guys )?(?:to )?stop\b",
        r"\b(?:stop|quit) send\w* (?:me |us )?(?:stuff|crap|this|these|things|shit)\b|\bsendin (?:me )?",
        r"\b(?:dont|do not|no longer) (?:want|need|like) (?:any |more |any more )?(?:of )?(?:these|those)$",
        (
            r"\b(?:dont|do not|no longer|didnt|never) (?:consent|agree|consented|agreed|signed up) (?:to"
            r"|for) (?:\w+ )?(?:text|message|sms|these|this)\w*"
        ),
        (
            rf"\b(?:remove|delete|take|erase|drop|scrub) {_FEW}(?:off|from|out of) {_FEW}"
            rf"(?:list\w*|database|system|distribution|contacts?|{_WRITING})\b"
        ),
        r"\b(?:remove|delete|erase|lose|forget) (?:my|this|the) (?:phone |cell |mobile )?(?:number|contact)\b",
        r"\b(?:remove|delete|unenroll|unregister) me$|\btake me off$|\bget me off (?:of )?(?:this|your|the)\b",
        r"\btake (?:my|this) (?:phone |cell )?(?:number|name) off\b",
        r"\bopt(?:ing)? (?:me |us |this number )?out\b(?! of)|\bopted out\b(?! of)|\boptout\b",
        rf"\bopt(?:ing|ed)? (?:me |us )?out of {_FEW}(?:this|these|them|{_WRITING})\b",
        r"\bunsub(?:scribe[ds]?|scribing|scription)?\b|\bunenroll\b",
        (
            r"\bleave (?:me|us) (?:alone|be)\b|\blet me be$|\bcease and desist\b|^cease$|^desist$|^stahp$"
            r"|^(?:reply|text|txt) stop$|^stop (?:reply|to end)$|^stop ?2 ?end$|\bgo away\b|\bf\w* off\b"
            r"|\bpiss off\b|\bbuzz off\b|\bget lost\b"
        ),
        (
            rf"\b(?:do not|dont|donot|no longer|never) (?:want|wanna|wish|need|care|like) {_FEW}(?:get "
            rf"|receive |be )?{_FEW}"
            rf"(?:{_WRITING}|contacted|bothered)\b"
        ),
        (
            rf"\b(?:do not|dont|donot|no longer) (?:want|wanna|wish) (?:to )?(?:get|receive|hear) {_FEW}"
            r"(?:these|this|those|from you|from u|anything|any more|anymore)\b"
        ),
        (
            r"\b(?:revoke|revoking|withdraw|withdrawing) (?:my |all |any )?(?:consent|permission|authorization)\b"
            r"(?! (?:for|to) (?:the |my |a |this )?(?:surgery|procedure|treatment|operation|release|anesthesia))"
        ),
        r"\b(?:put|add|place) (?:me|us|my number|this number) (?:on|to|in) (?:your |the )?(?:do not|dnc|no)\b",
        r"\benough (?:already|with the|with these|texts|messages)\b|\bno longer a patient\b",
    ),
    "es": (
        (
            r"\b(?:no|nunca) (?:me|nos) (?:\w+ )?(?:escriba[ns]?|escribir|mande[ns]?|mandar|envie[ns]?"
            r"|enviar|contacte[ns]?|contactar|moleste[ns]?|"
            r"molestar|texteen?|textear|texten?|mensajeen?)\b(?! (?:\w+ )?(?:la|el|los|las|mi"
            r"|mis) (?:receta|result|factur|recibo|cita|medic|orden))"
        ),
        (
            r"\b(?:no|nunca) (?:escriban|escriba|manden|mande|envien|envie|molesten|molestar|contacten"
            r"|contactar|texteen|escribir|mandar|enviar)(?: (?:mas|nada|mensaj|texto)\w*|$)"
        ),
        (
            r"\bno (?:me )?(?:vuelva[ns]? a|quiero que) (?:\w+ )?(?:escrib|mand|envi|contact|molest|text)\w*"
            r"|\bno (?:deseo|quiero) (?:mensaj|texto|sms|encuest)\w*"
        ),
        (
            r"\b(?:ya )?(?:paren?|para|dejen?)le(?: ya)?$|^ya paren$|\b(?:alto|basta|stop) (?:a |con |de "
            r"|mandar )?(?:los |las |sus |tantos )?(?:mensaj|texto|encuest|sms)\w*|^eliminar$"
        ),
        (
            r"\b(?:dej|par|ces|bast)\w* (?:ya )?de (?:\w+ )?(?:escrib|mand|envi|contact|molest|text|mensaj"
            r"|llam|fastidi|jod)"
        ),
        r"\b(?:dej|par)\w* (?:los|las|sus|estos|esos|estas|con los|con las) (?:mensaj|texto|sms|encuesta|notific)",
        (
            r"\b(?:detenga|detengan|detener|suspend\w+|elimin\w+|quit\w+|cancel\w+) (?:los |las |sus "
            r"|estos |estas |mis |todos los |"
            r"la |mi |el )?(?:mensaj|texto|sms|encuesta|notific|suscri|envio)"
        ),
        r"\b(?:no|ni un|ningun|sin) (?:mas |quiero mas |quiero |recibir mas )?(?:mensaj|texto|sms|encuesta|notific)",
        (
            r"\bno (?:quiero|quisiera|deseo|queremos|gusto) (?:seguir )?(?:recib\w+|mas|que me (?:escrib"
            r"|mand|envi|text))"
            r"(?! (?:dolor|medic|pastill|cita|cirug|tratam|inyec|vacun|la vacun|el tratam))"
        ),
        r"\bya no (?:quiero|deseo) (?:nada|mas|recib\w+|sus|estos|los|sus)\b(?! (?:dolor|medic|pastill|cita|tratam))",
        r"\b(?:quit\w+|borr\w+|elimin\w+|saquen?|saca|sake\w*) (?:mi (?:numero|telefono|nombre|cel\w*)|este numero)",
        r"\b(?:quit|borr|elimin|sac|remuev)(?:enme|eme|ame|arme|anme|e me) (?:de|por|$)",
        (
            r"\b(?:quit|borr|elimin|sac|remuev)(?:enme|eme|ame|anme)$|\bme (?:borr|quit|elimin|sac"
            r"|saqu)\w+ de (?:la|su|esta) lista\b"
        ),
        r"\bsaquenme\b|\bsaqueme de\b",
        r"\b(?:dar(?:me)?|denme|deme|dame|quiero la|solicito la|solicito) (?:de )?baja\b",
        r"\b(?:cancel|anul)\w* (?:mi |la |esta )?suscri|\bdesuscri|\bdessuscri|\bdarse de baja\b",
        r"\b(?:dejenme|dejeme|dejame|dejanos) en paz\b|\bno molest(?:ar|en|e|es)\b|\bya basta\b|\bvayanse\b",
        (
            r"\b(?:revoco|retiro) (?:mi )?(?:consentimiento|permiso|autorizacion)\b(?! para (?:la "
            r"|el )?(?:cirug|proced|trat))"
        ),
    ),
}
"""Phrases that stop at once and are shown to a person."""

WRONG: Final = {
    "en": (
        r"\b(?:wrong|incorrect|rong|wrng) (?:number|num|person|phone|guy|lady|cell|contact)\b",
        (
            r"\b(?:not|isnt|aint) (?:the|my|his|her|their|\w+s) (?:right |correct )?(?:number|phone"
            r"|cell)\b(?! (?:i|is|on)\b)"
        ),
        r"\b(?:no longer|not) (?:belongs? to|reaches) \w+|\bno one (?:here )?(?:by|with) that name\b",
        r"\bi (?:dont|do not) know (?:who|any|a|this) (?:that is|this is|person|\w+)$|\bnever been (?:to|a patient)\b",
        (
            r"\b(?:im|i am|we are) not (?:a|your) patient\b|\bnot the (?:right )?person\b"
            r"|\byou have the wrong (?:one|info\w*)?$"
        ),
    ),
    "es": (
        r"\b(?:numero|telefono|persona) (?:equivocad|incorrect|erron)\w+|\bequivocad\w+ de (?:numero|persona)\b",
        (
            r"\bse (?:equivoc\w+|confund\w+) de (?:numero|persona|telefono)\b|\best(?:e|a) no es (?:el |la |mi |su )?"
            r"(?:numero|telefono)\b"
        ),
        r"\bno (?:soy|es) (?:la|esa|el|ese) (?:persona|paciente)\b|\bno soy (?:su )?paciente\b|\bnumero equibocado\b",
        r"\baqui no (?:vive|hay) (?:ningun|nadie|esa|ese)",
    ),
}

HINTS: Final = {
    "en": (
        r"\b(?:stop|stops|cancel|quit|unsubscrib\w*|revoke\w*|opt(?:ed|ing)? out)\b",
        r"\b(?:spam|scam|phishing|harass\w*|lawyer|attorney general|sue|fcc|tcpa|illegal|lawsuit|hipaa)\b",
        r"\bwho(?: the \w+)? (?:is|dis|are you|r u|this)(?: this| that| dis)?\b(?=$| (?:and|how|im|i) )|\bwhos this\b",
        r"\bhow did you get (?:my|this)\b|\bnot interested\b|\bno thanks?(?: you)?$|\bno ty$",
        (
            r"\b(?:this is|these are|you are|youre|messages are|texts are) (?:\w+ )?annoying\b"
            r"|\bannoying (?:texts?|messages?)\b"
        ),
        r"\bthats enough\b|\benough is enough\b|^enough$|\btoo many (?:texts?|messages?|surveys?|emails?)\b",
        r"\bshut up\b|\bblock(?:ed|ing)? (?:you|this|your|the) ?(?:number)?\b|\breport(?:ed|ing)? (?:you|this|as)\b",
        r"\b(?:passed away|deceased|is dead|has died|just died|died (?:last|on|in|this|yesterday))\b",
        r"\b(?:dont|do not) (?:call|want this|want these|want to do this|send me)\b|\bstart texting\b",
    ),
    "es": (
        r"\b(?:basta|pare|paren|spam|acoso|estafa|fraude|abogado|demanda|denunci\w*|cancelar|suscripcion)\b",
        r"\bquien (?:es|habla|eres|son)\b|\bno me interesa\b|\bno gracias$|\bde donde (?:sacaron|tienen) mi\b",
        r"\b(?:me estan|estan) molestando\b|\bque molest(?:ia|os|o)s?$|\bdemasiados (?:mensajes|textos)\b",
        r"\b(?:fallecio|murio|difunt[oa])\b|\bya no (?:mas|gracias)?$|\bno (?:me )?llam(?:en|e|es)\b",
    ),
}
"""What may be a wish to stop: sending is held until a person decides."""
EMOJI_STOP: Final = "\U0001f6d1"
"""The stop sign reads as the word."""
EMOJI_DOUBT: Final = ("\U0001f6ab", "\U0001f595", "\u26d4", "\u270b", "\U0001f590", "\U0001f515", "\U0001f910")

KEPT: Final = (
    (
        r"\b(?:do not|dont|donot|never|please dont) (?:you )?(?:ever )?(?:want to )?(?:stop|unsubscribe|opt out|quit|"
        r"cancel|remove)\b(?! (?:until|by))|\b(?:didnt|did not) (?:mean|want|ask) to (?:stop|unsubscribe"
        r"|opt|cancel|quit)\b"
    ),
    r"\bwhy (?:did|have|do|has|are) (?:you|u|they|it|the \w+) stop|\bwhy (?:was|am|were) i (?:unsubscribed|removed)\b",
    r"\bno (?:dejen?|paren?|cancelen?|me (?:quiten|borren|saquen|den de baja))\b(?! (?:\w+ )?de molest)",
)
"""The opposite wish, or a question about it: a person reads it."""
