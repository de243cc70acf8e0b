"""Words of a public reply that would tell that somebody is a patient: in Spanish, as data (F-211).

Texts are compared without accents, since people leave them out.
"""

from typing import Final

from models.rules.reply_words import Harmless, Why, Words

_MONTH: Final = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
_DAY: Final = r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
_YOU: Final = r"(?:usted|ustedes|tu|vos)"
_OBJECT: Final = r"(?:lo|la|le|les|los|las|te|os)"
_FAMILY: Final = r"(?:hij[oa]s?|bebes?|nin[oa]s?|madre|mama|padre|papa|espos[oa]|marido|mujer|padres|abuel[oa])"
_YOURS: Final = (
    r"(?:resultados?|expedientes?|historial(?:es)?|fichas?|caso|analisis|pruebas?|examen(?:es)?|condicion|salud|"
    r"atencion medica|cuidados?|tratamientos?|recuperacion|sintomas?|medicamentos?|medicinas?|dolor(?:es)?|"
    r"operacion|cirugias?|procedimientos?|diagnosticos?|recetas?|seguro|reclamos?|copagos?|facturas?|saldo|cuentas?|"
    r"doctora?|medic[oa]s?|enfermer[oa]s?|proveedora?|terapeuta|dentista|especialista|visitas?|citas?|consultas?|"
    r"estancia|embarazo|lesion(?:es)?|enfermedad|espera|tiempo (?:con|aqui|en)|proxim[oa]|ultim[oa]|primer[oa]?|"
    r"anterior)"
)

SPANISH: Final = (
    Words(
        Why.VISIT,
        (
            r"visit(?:a|as|o|amos|an|ar|arnos|ado|aron|aste|ando|ara)",
            r"citas?|consultas?|consult(?:ado|aron|aste)",
            r"chequeos?|revision(?:es)? medicas?|examen(?:es)?|examin(?:o|amos|ar|ado|ada|aron)",
            r"seguimientos? medicos?|su seguimiento|reprogram\w*",
            r"telesalud|teleconsultas?",
        ),
    ),
    Words(
        Why.CARE,
        (
            r"tratamientos?|trat(?:amos|ado|ada|aron) (?:a|su)|terapias?|terapeutas?",
            r"cirugias?|quirurgic[oa]s?|oper(?:amos|aron|ado|ada)|operacion(?:es)?|procedimientos?",
            r"recet(?:a|as|o|amos|aron|ado|ada)|medicamentos?|medicinas?|medicacion(?:es)?|prescri\w+",
            r"diagnostic\w*",
            (
                r"(?:la atencion|el cuidado|los cuidados|el servicio) que (?:le|les|te) (?:\w+)|"
                r"(?:la atencion|el cuidado|los cuidados) que (?:recibi\w+)"
            ),
        ),
    ),
    Words(
        Why.MEDICAL,
        (
            r"sintomas?|dosis|vacun\w*|inyeccion(?:es)?|lesion(?:es|ad[oa]s?)?|enfermedad(?:es)?|enferm[oa]s?",
            r"radiografias?|resonancias?|ultrasonidos?|ecografias?|biopsias?|tomografias?|colonoscopi\w*|mamografi\w*",
            r"analisis (?:de )?(?:sangre|clinicos|laboratorio)|laboratorios?|presion arterial|colesterol",
            r"diabet\w+|asma|cancer|tumor(?:es)?|embaraz\w+|depresion|ansiedad|artritis|hipertension",
            r"infeccion(?:es)?|infectad[oa]s?|gripe|gripa|covid(?:-19)?|sarpullidos?|acne|eccema|migranas?",
            r"dolor(?:es)? de (?:cabeza|espalda|cuello|rodilla|cadera|pecho|hombro|muela|estomago)|alergi\w*",
            r"derrame|convulsion(?:es)?|hernias?|fracturas?|heridas?|puntadas|tiroides|rinon(?:es)?|higado|infartos?",
            r"cardiac[oa]s?|vih|herpes|hepatitis|sobredosis|adiccion(?:es)?|antibioticos?|insulina|esteroides?",
            r"implantes?|abortos?|anticoncepti\w*|obesidad|demencia|autis\w*|bipolar|esquizofreni\w*|psiquiatr\w*",
            r"quimioterapia|dialisis|trasplantes?|epilep\w*|anestesia\w*|endodoncia|muelas?",
        ),
    ),
    Words(
        Why.MONEY,
        (
            r"(?:su|tu|el|del|de) seguro(?: (?:medico|de salud|dental))?|aseguradoras?|copagos?|deducibles?",
            (
                r"facturas?|factur(?:amos|ado|ada|aron|o)|reembols\w*|cobertura|medicare|medicaid|"
                rf"{_OBJECT} cobr(?:amos|aron|o)"
            ),
        ),
    ),
    Words(Why.MONEY, (r"cobr(?:os?|ar|ado)|pagos?|saldos?|facturacion|reclamos?",), is_doubtful=True),
    Words(
        Why.RECORD,
        (
            rf"(?:su|sus|tu|tus|vuestr[oa]s?) (?:\w+ )?{_YOURS}",
            rf"(?:su|sus|tu|tus) (?:\w+ )?{_FAMILY}",
            r"(?:historial|expediente|registros?) (?:medic|clinic)[oa]s?|resultados (?:de|del|medicos)",
            r"nuestros (?:registros|archivos|expedientes) (?:muestran|indican|dicen|confirman)",
        ),
    ),
    Words(
        Why.PATIENT,
        (
            r"como (?:nuestr[oa]|un[oa]? de nuestr[oa]s|un[oa]?|mi) (?:\w+ )?(?:pacientes?|clientes?|clienta)",
            (
                rf"(?:{_YOU} )?(?:es|eres|fue|era|ha sido|has sido) (?:nuestr[oa]|un[oa]?|un[oa]? de nuestr[oa]s) "
                r"(?:\w+ )?paciente"
            ),
            r"ser (?:nuestr[oa]|un[oa]?) (?:\w+ )?paciente",
            (
                r"(?:estimad[oa]|querid[oa]|valios[oa]|nuev[oa]|antigu[oa]|leal) paciente|"
                r"paciente (?:estimad[oa]|querid[oa]|valios[oa]|nuev[oa]|antigu[oa]|leal)"
            ),
        ),
    ),
    Words(Why.PATIENT, (r"pacientes?|clientes?",), is_doubtful=True),
    Words(
        Why.STATEMENT,
        (
            (
                rf"(?:cuando|despues de que|antes de que|mientras|desde que|la vez que) (?:{_YOU} )?(?:nos |se )?"
                r"(?:vin\w+|estuv\w+|lleg\w+|llam\w+|visit\w+|fue|acudi\w+|salio|esper\w+|recibi\w+)"
            ),
            (
                rf"{_OBJECT} (?:atend(?:imos|ieron|io)|trat(?:amos|aron|o)|vi(?:mos|eron|o)|examin(?:amos|aron|o)|"
                r"recet(?:amos|aron|o)|oper(?:amos|aron|o)|diagnostic(?:amos|aron|o)|recib(?:imos|ieron|io)|"
                r"ayud(?:amos|aron|o)|cuid(?:amos|aron|o)|llam(?:amos|aron|o)|dij(?:imos|eron|o)|explic(?:amos|aron|o))"
            ),
            (
                rf"(?:haber{_OBJECT} |atender|tratar|volver a )"
                rf"(?:{_OBJECT}|ver{_OBJECT}|atendido|tratado|visto|recibido|ayudado)\b"
            ),
            rf"(?:atender|tratar|ver|recibir|cuidar|ayudar){_OBJECT} (?:de nuevo|otra vez|pronto|en nuestr\w+|aqui)",
            (
                rf"(?:un placer|un gusto|un honor|encantad[oa]s? de|feliz de|felices de|alegra) "
                rf"(?:haber|ver|atender|tratar|tener|conocer|servir|cuidar)(?:{_OBJECT}|nos)?(?: |\b)"
            ),
            r"verl[oae]s? (?:de nuevo|otra vez|pronto)|hasta (?:su|la) proxima|vuelva pronto",
            r"(?:su|tu) experiencia (?:con (?:nosotros|nuestr\w+|el dr|la dra)|en nuestr\w+|aqui)",
            r"(?:confiar|confianza|confiarnos) (?:en nosotros|en nuestr\w+ \w+|depositada|su salud|el cuidado)",
            r"gracias por (?:venir|estar aqui|acudir|permitirnos|dejarnos|su (?:confianza|lealtad|preferencia))",
            r"elegirnos para su|(?:nos eligio|eligio nuestr\w+) para",
        ),
    ),
    Words(
        Why.STATEMENT,
        (r"elegir(?:nos| nuestr\w+)|escoger(?:nos| nuestr\w+)", r"(?:su|tu) experiencia", r"vuelva|regrese"),
        is_doubtful=True,
    ),
    Words(
        Why.DATE,
        (
            rf"\d{{1,2}} de {_MONTH}(?: (?:de|del) \d{{4}})?|{_MONTH} \d{{1,2}}",
            rf"(?:en|desde|durante|el pasado|el mes de) {_MONTH}(?: (?:de|del) \d{{4}})?|{_MONTH} pasado",
            rf"(?:el|este|ese) (?:pasado )?{_DAY}(?: pasado)?",
            r"ayer|anteayer|anoche|(?:la semana|el mes|el ano|el verano|el invierno) pasad[oa]|el otro dia",
            r"hace (?:un|una|dos|tres|unos|unas|\d+) (?:dias?|semanas?|mes(?:es)?)",
            r"esta (?:manana|tarde)",
        ),
    ),
    Words(Why.HOUR, (r"a las? \d{1,2}(?::\d{2})?",), is_doubtful=True),
)

HARMLESS_SPANISH: Final = (
    Harmless(
        (
            (
                r"(?:visit(?:ar|e|a|en|ando|arnos)|consult(?:ar|e|a|en)) "
                r"(?:(?:nuestr[oa]|el|la|este|esta) )?(?:sitio|pagina|web|perfil|blog|en linea)(?: web)?"
            ),
            r"visitas? a (?:nuestr[oa]|la|el) (?:sitio|pagina|web)",
            r"privacidad de (?:los |las |nuestros )?pacientes|confidencialidad de (?:los |las )?pacientes",
            r"(?:quien|si alguien|si una persona) es(?: o no(?: es)?)? (?:un |una |nuestr[oa] )?paciente",
            r"(?:informacion|datos|asuntos) (?:medic[oa]s?|de salud)(?: de (?:nadie|las personas|ninguna persona))?",
            r"tratamos a (?:tod[oa]s?|cada)|tratar a (?:tod[oa]s?|cada)",
            r"procedimientos (?:internos|de oficina)|politicas y procedimientos",
            r"(?:es|esta|estamos|sea|sean|muy) segur[oa]s?",
            r"ser (?:muy )?pacientes?(?: con nosotros)?",
        )
    ),
    Harmless(
        (r"(?:abiert[oa]s?|horario|abrimos|atendemos|disponibles?)[^.!?]{0,90}",), frozenset({Why.HOUR, Why.DATE})
    ),
)
