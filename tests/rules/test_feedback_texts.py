"""What people really write back: what stops at once, what a person decides, and what goes on (F-205, F-206)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.feedback_texts import Meaning, Reading, read

KEYWORDS = {
    "en": """
        STOP|stop|Stop|stop.|STOP!!!| stop |"stop"|'STOP'|Stop…|STOP 🙏|🛑|🛑🛑|S T O P|s.t.o.p.
        \uff33\uff34\uff2f\uff30|stop stop stop
        STOPALL|stop all|unsubscribe|UNSUBSCRIBE.|quit|Quit!|end|END|revoke|Revoke|opt out|OPT-OUT|opt-out.|optout
        st0p|stoppppp|cancel|Cancel.
    """,
    "es": """
        ALTO|alto|¡Alto!|parar|pare|PAREN|basta|¡BASTA!|detener|cancelar|baja|BAJA|salir|no más|No mas.|para
    """,
}
WISHES = {
    "en": """
        stpo|sotp|stopp|tsop|Srop|STP|unsuscribe|unsubcribe|unsubscibe|Unsubsribe please|cancle
        please stop|Stop please|pls stop|stop pls thx|STOP thank you|ok stop|just stop|Hi, please stop. Thanks
        stop now
        Stop texting me|stop texting|STOP TEXTING ME!!!|plz quit texting me|stop txting this number
        Stop messaging me.
        please stop sending me these|stop sending these messages|stop with the texts|quit sending surveys|stop it
        stop this
        Would you please stop sending me these surveys? Thank you so much|I'd like you to stop contacting me
        could you kindly stop messaging me|can you stop|I said stop|Please stop bothering me|stop spamming me
        quit bugging me
        stop emailing me|stop calling and texting me|stop harassing me|cease all messages|stop asking me for reviews
        don't text me|Dont text me|don\u2019t text me again|do not text this number|DO NOT CONTACT ME
        never text me again
        Do not message me ever|please don't send me any more texts|dont send me anything|don't send me these
        no more texts|no more messages please|No more surveys!|NO MORE|no further messages|no more of these texts
        remove me from your list|take me off your list|Take me off this list|please remove me from this texting list
        Remove my number|delete my number|lose my number|take my number off|remove me|please remove me
        delete me from your system list
        opt me out|I want to opt out|how do i opt out|I would like to opt out of these messages|opting out
        I already opted out
        unsubscribe me|Unsubscribe me from this|how do I unsubscribe|i want to unsubscribe pls|unsub
        leave me alone|Leave me alone!!|go away|f off|piss off|get lost|enough already|enough with the texts
        I don't want these texts|I dont want to receive messages|i do not wish to receive any more texts
        I no longer want to receive these messages|don't want any texts from you|I don't want to hear from you
        I don't need your surveys|I revoke my consent|I withdraw my permission|revoke consent
        put me on your do not call list
        STOP I already told you twice|I already answered. STOP|I answered this yesterday, stop|Not again... stop!
        my knee is better, stop texting me|I stopped smoking so please stop texting me
        Cancel my appointment and stop texting me
        cancel my subscription|cancel these texts|end these messages|turn off these notifications
        wish you would stop texting
        stop the texts please|please discontinue these messages|👎 stop texting|stop texting 🖕
        Pls stop sendin me txts|Stop sendin me stuff|STOP TXTNG ME|quit texting this phone its a work phone
        I'm asking you to stop|pleaaaase stop|stahp|fuck off|stop txt|stop msg|Stop with these dumb surveys
        STOP asking me about my visit|ive asked you to stop 3 times|remove this number from your texts
        Do not ever contact this number again|take me off of your texting list|I don't want to be texted|no text
        no texts|no sms|I hate these texts|please unsubcribe me from these|I wish to unsuscribe
        I don't want any of these|end texts|not interested, stop|I would like to not receive these texts
        I'd prefer not to get texts|please no more|no more please|please take my number off your list
        cease and desist|Cease|desist|remove my cell from your system|I do not consent to texts|do not solicit
        stop reply|reply stop|Text STOP|STOP2END|STOP to end
        Stop. I am at work|Please, stop!|STOP STOP STOP PLEASE
    """,
    "es": """
        no me escriban más|No me escriban mas por favor|no me manden mensajes|NO ME MANDEN MÁS MENSAJES
        no me envíen mas
        ya no me escriban|ya no me manden nada|no me contacten|no me molesten|No molesten|no me texteen
        nunca me escriban
        dejen de escribirme|deje de mandar mensajes|Dejen de enviarme textos|paren de escribir|dejen de molestar
        deja de textearme
        no más mensajes|no mas textos|No quiero recibir mensajes|no quiero más mensajes|ya no quiero recibir nada
        no deseo recibir más encuestas|No quiero que me escriban|no quiero mas encuestas|ya no quiero sus mensajes
        quiten mi número|borren mi numero|eliminen mi número de su lista|sáquenme de la lista|bórrenme
        quítenme de su lista
        quiero darme de baja|darme de baja|denme de baja por favor|déjenme en paz|dejame en paz|ya basta|¡Ya basta!
        Parale|parele ya|ya parenle|no me mande mas mensages|no quiero mas msj|ya no mande mensajes
        dejen de mandarme cosas|no manden mas|Por favor quitenme de esta lista|no vuelvan a escribirme
        no vuelva a mandarme mensajes|no deseo mensajes|cancelar suscripción|cancelar mensajes
        alto a los mensajes|stop mandar mensajes|no escribir|no mandar|no molestar|dejar de recibir mensajes
        no contactar|eliminar|Basta de mensajes
        alto por favor|basta ya|Por favor paren|cancelen mi suscripción|revoco mi consentimiento|ya contesté. Alto
        por favor ya no me manden mensajes gracias|hola, no me escriban más|detengan los mensajes
        suspendan sus mensajes
    """,
}
WRONG_NUMBERS = {
    "en": """
        wrong number|Wrong number!|WRONG NUMBER|you have the wrong number|Sorry wrong number|wrong person
        I think u have the wrong number
        this is not his number|This isn't her phone|not my number|wrong num|rong number|This is the wrong phone
        I'm not a patient|no one here by that name|this isn't Maria's phone|incorrect number
    """,
    "es": """
        número equivocado|numero equivocado|NUMERO EQUIVOCADO|se equivocó de número|número incorrecto
        tiene el número equivocado
        persona equivocada|se equivocaron de persona|no soy su paciente|este no es su número|equivocado de numero
    """,
}
DOUBTS = {
    "en": """
        who is this|Who is this?|who dis|who's this|whos this?|Who are you?|how did you get my number
        not interested|no thanks
        this is spam|SPAM|Is this a scam?|I will report you|I'm calling my lawyer|this is harassment
        this is annoying
        too many texts|that's enough|enough is enough|shut up|I'm blocking you|🚫|🖕|✋
        don't stop texting me|please don't unsubscribe me|Why did you stop texting me?|I didn't mean to unsubscribe
        My husband passed away|She is deceased|Mr Doe died last month|I want to cancel|I quit
        please start texting me again|don't call me|I'd stop if I were you
    """,
    "es": """
        ¿quién es?|quien es|Quién habla|no me interesa|no gracias|esto es acoso|¿De dónde sacaron mi número?
        es una estafa
        me están molestando|quiero cancelar|mi esposo falleció|la señora murió|demasiados mensajes
        no dejen de escribirme
        no me llamen
    """,
}
HARMLESS = """
    YES|yes|Yes!|Y|no|NO|Nope|ok|OK|👍|❤️|5|10/10|1|thanks|Thank you!|ty|Thanks so much, great visit|Great|👏👏|k|sure
    ...|?||
    I stopped smoking|I quit smoking last year|I quit drinking|he stopped taking the medication
    should I stop taking my pills?
    when do I stop the antibiotics|Do I stop taking metformin before surgery?|can't stop coughing
    I can't stop crying|it won't stop bleeding
    the bleeding stopped|The pain has stopped|my headaches stopped|it never stops hurting|the pain doesn't stop
    the bus stop|is there a bus stop nearby|I'm at the bus stop|I'll stop by tomorrow|can I stop by at 3?
    we stopped at the pharmacy
    the clinic is right by the last stop|nonstop pain|non-stop service, loved it|one-stop shop for everything
    cancel my appointment|Cancel my appointment please|I need to cancel my appt|can I cancel my visit on Monday?
    Please cancel tomorrow
    need to cancel and reschedule|cancel for tuesday|cancel the 3pm|My insurance cancelled my policy
    was my appointment canceled?
    what is your cancellation policy|can you cancel the order for labs|I had to cancel last minute
    cancel our follow up
    no more pain|No more pain, thank you|no more headaches!|no more questions|I don't want surgery
    I don't want any more surgery
    I don't want the vaccine|do not want to get the shot|I don't need a refill|I don't want to get the flu shot
    take me off the metformin|remove my stitches|when will you remove the cast|they removed my gallbladder
    don't send the prescription to CVS|don't send it to Walgreens|please text me the address|Text me when ready
    call me back
    your email went to spam|good enough|not enough time with the doctor|the wait was long enough|I slept well enough
    The end of the month works|at the end of the hall|in the end it was fine|weekend|quite good|quiet office
    we shop at the store
    next step?|what are the next steps|top notch|stage 2 cancer|the cancer clinic|my cancer is gone
    prescription for eye drops
    who is the doctor on call|who do I call about billing|where do I park|helpful staff|I need help with my bill
    more info about the bill please
    I opted out of the epidural|endoscopy went fine|My back still hurts|Dr. Doe was wonderful and kind
    She never rushed me
    The staff was rude and I waited an hour|start time?|when do you start seeing patients
    stop date for the antibiotic is friday
    I want to end my treatment|When does my coverage end?|Can you remove me from the 3pm slot
    Please delete my card on file|My mom was in the hospital, she stopped eating|Do you text results?
    Please text my husband instead|The nurse asked me to stop wearing contacts
    Do I need to stop my blood thinner before the procedure|how long until the rash stops
    the office called to remind me, thanks for the reminder|I never received my results
    I did not get a text about my results|I want to stop my blood pressure medicine
    could you send me the link again?|I didn't get the link|they asked if I quit smoking
    Is it OK to stop my inhaler?|My son is not sleeping|I'm not a smoker|no problem|No issues
    No complaints. Great visit|This is not the first time I waited an hour|he told me to cut out sugar
    My wife will stop in to pick up the forms|Everything was great, no need to change anything
    Can't find the survey link|please send me the survey link again|I already did the survey
    I filled out the feedback form|Please message me when the doctor is in|Do not forget my refill please
    Don't worry about it|dont text and drive lol|Is parking free at the end?|She ended up feeling better
    my card number is wrong, update it please|you have the wrong insurance on file|You have my wrong address
    the wrong prescription was sent|my phone number changed|that is not my doctor
    para de doler con la pastilla|¿Cuándo puedo parar el antibiótico?|me quitaron la vesicula
    no me mandaron la receta|no me enviaron los resultados|No me llamaron|¿me pueden mandar los resultados?
    nunca me mandaron el recibo|no me han enviado mis resultados|no me contactaron despues de la cita
    No he recibido mensaje de la farmacia|mi mama no quiere tomar la medicina|me dio de alta el doctor
    ya me dieron de alta|El doctor me dio de baja por una semana|necesito una baja medica
    no puedo parar de toser|murio de risa mi hijo jaja|I stop by every week, love it
    I am dying to know my results|My dog died so I missed it|enough said, 5 stars
    end of story: great service|Let me be clear, I loved it|I will never go back
    Do not send my records to them|Don't send the results by mail|please don't email the results, fax them
    I don't get texts on this phone, call me|I did not receive any texts|I don't check email
    How do I get off at the right bus stop?|I said no|It hurts, make it stop
    The doctor put a stop to my pain|top doc!|step by step recovery|I need to quit my job due to pain|unsure
    unscheduled visit?
    ya no me duele|Ya no me duele nada|ya no tengo dolor|no más dolor|dejé de fumar|Dejé de tomar la pastilla
    no para de toser
    no deja de llorar|la parada de autobús|¿Dónde está la parada del bus?|cancelar mi cita|Quiero cancelar mi cita
    necesito cancelar la cita del lunes
    ¿puedo cancelar mi visita?|cancelaron mi cita|Gracias|muchas gracias|sí|Sí|SI|bien|todo bien|Excelente atención
    muy amable la doctora
    presión alta|tengo el colesterol muy alto|el azúcar alto|presión baja|me molesta la rodilla|ya no me molesta
    quitarme los puntos
    me sacaron sangre|¿me van a sacar una muela?|para mañana|es para mi hija|cita para el martes
    ¿a qué hora puedo salir?
    ¿basta con una pastilla?|mi dolor bajó|no quiero más dolor|no quiero la vacuna|cuando me quitan el yeso
    no es urgente
"""


def lines(table: str) -> list[str]:
    return [one.strip() for line in table.strip().splitlines() for one in line.strip().split("|")]


def by_language(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(text, locale) for locale, texts in table.items() for text in lines(texts)]


def test_a_keyword_alone_stops_at_once_f_205() -> None:
    readings = [(text, locale, read(text)) for text, locale in by_language(KEYWORDS)]
    assert [one for one in readings if (one[2].meaning, one[2].locale) != (Meaning.STOP, one[1])] == []


def test_a_clear_wish_stops_at_once_and_is_shown_to_a_person_f_205() -> None:
    readings = [(text, locale, read(text)) for text, locale in by_language(WISHES)]
    assert [one for one in readings if one[2] != Reading(Meaning.STOP, one[1], is_flagged=True)] == []


def test_a_wrong_number_is_told_from_a_wish_and_shown_to_a_person_f_205() -> None:
    readings = [(text, locale, read(text)) for text, locale in by_language(WRONG_NUMBERS)]
    assert [one for one in readings if one[2] != Reading(Meaning.WRONG_NUMBER, one[1], is_flagged=True)] == []


def test_a_doubtful_text_holds_sending_until_a_person_decides_f_205() -> None:
    readings = [(text, locale, read(text)) for text, locale in by_language(DOUBTS)]
    assert [one for one in readings if one[2] != Reading(Meaning.DOUBT, one[1], is_flagged=True)] == []


def test_a_text_about_something_else_passes_f_205() -> None:
    readings = [(text, read(text)) for text in lines(HARMLESS)]
    assert [one for one in readings if one[1] != Reading(Meaning.OTHER)] == []


@pytest.mark.parametrize("word", ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"])
@pytest.mark.parametrize(
    "around", ["{}", "{}.", " {} ", "{}!", "'{}'", "{}\n", "please {}", "{} please", "{} thank you"]
)
def test_the_seven_words_of_the_federal_rule_always_stop_f_205(word: str, around: str) -> None:
    for spelled in (word, word.upper(), word.title()):
        assert read(around.format(spelled)).meaning is Meaning.STOP


@pytest.mark.parametrize("word", ["start", "START", "unstop", "iniciar", "Comenzar"])
def test_start_alone_asks_to_open_again_f_206(word: str) -> None:
    assert read(word).meaning is Meaning.START
    assert not read(word).is_flagged


@pytest.mark.parametrize(("word", "locale"), [("HELP", "en"), ("info", "en"), ("Ayuda", "es")])
def test_help_alone_asks_for_help(word: str, locale: str) -> None:
    assert read(word) == Reading(Meaning.HELP, locale)


def test_yes_is_never_an_order_f_206() -> None:
    assert {read(word).meaning for word in ("YES", "yes please", "Sí", "Y")} == {Meaning.OTHER}


def test_cancel_alone_stops_and_is_shown_to_a_person_since_a_visit_may_be_meant() -> None:
    assert read("CANCEL") == Reading(Meaning.STOP, is_flagged=True)
    assert read("STOP") == Reading(Meaning.STOP)


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert read(text).meaning in Meaning


@pytest.mark.parametrize("end", ["", " ", "\n", "!", "  ..."])
def test_capitals_and_marks_at_the_end_change_no_wish_f_205(end: str) -> None:
    read_otherwise = {text for text, _ in by_language(WISHES) if read(text.upper() + end).meaning is not Meaning.STOP}
    assert read_otherwise == set()


fillers = pytest.mark.parametrize(
    "filler", ["stop ", "no me ", "a ", "remove from ", "cancel my the ", "s.t.o.p. ", "dont send "]
)


@fillers
@pytest.mark.bench
def test_a_long_text_is_read_in_no_time(filler: str) -> None:
    assert _seconds(filler * 2000) < 0.5


@fillers
@pytest.mark.bench
def test_a_text_of_twice_the_length_takes_twice_as_long_and_not_four_times(filler: str) -> None:
    once, twice = (min(_seconds(filler * count) for _ in range(5)) for count in (2000, 4000))
    assert twice < 3 * once


def _seconds(text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert sum(len(by_language(one)) for one in (KEYWORDS, WISHES, WRONG_NUMBERS, DOUBTS)) + len(lines(HARMLESS)) > 400
