"""What the pages of a practice's calendar say, as (English, Spanish)."""

from collections.abc import Mapping
from typing import Final

Both = tuple[str, str]

CALENDAR: Final[Mapping[str, Mapping[str, Both]]] = {
    "calendar": {
        "title": ("Calendar", "Calendario"),
        "lead": (
            "What patients are offered, and why a time is not. Times are those of {zone}.",
            "Lo que se ofrece a los pacientes, y por qué una hora no. Las horas son de {zone}.",
        ),
        "which": ("Which calendar", "Qué calendario"),
        "provider": ("Provider", "Profesional"),
        "location": ("Location", "Lugar"),
        "week": ("Week of", "Semana del"),
        "show": ("Show", "Mostrar"),
        "weeks": ("Weeks", "Semanas"),
        "before": ("Week before", "Semana anterior"),
        "this": ("This week", "Esta semana"),
        "after": ("Week after", "Semana siguiente"),
        "caption": ("Week of {day}: {provider}, {location}", "Semana del {day}: {provider}, {location}"),
        "time": ("Time", "Hora"),
        "jump": ("the clocks jump over this time", "el reloj se salta esta hora"),
        "block": ("block", "cerrar"),
        "open": ("open", "abrir"),
        "at": ("at {location}", "en {location}"),
        "click": (
            "A click on a time closes it, or opens it; the usual hours stay as they are. What is booked stays booked.",
            "Un clic en una hora la cierra o la abre; el horario habitual no cambia. Lo reservado sigue reservado.",
        ),
        "crossing": (
            "Time blocks do not cross to the practice system: block it there as well where it is meant.",
            "Los bloqueos no pasan al sistema del consultorio: ciérrelo también allí si hace falta.",
        ),
        "legend": ("What the words mean", "Qué significan las palabras"),
        "form": ("Close or open other time", "Cerrar o abrir otra hora"),
        "day": ("Day", "Día"),
        "start": ("From", "Desde"),
        "end": ("Until", "Hasta"),
        "time.hint": ("Such as 09:30 or 9:30 AM", "Por ejemplo 09:30 o 14:30"),
        "way": ("What is done", "Qué se hace"),
        "way.block": ("Close it", "Cerrarla"),
        "way.open": ("Open it", "Abrirla"),
        "save": ("Save", "Guardar"),
        "clear": ("Take this day's blocks away", "Quitar los bloqueos de este día"),
        "settings": ("Calendar settings", "Ajustes del calendario"),
        "settings.lead": (
            "The widget offers times from these settings and from time blocks only; hours in Kareo never change it.",
            "La reserva ofrece horas solo según estos ajustes y los bloqueos; el horario de Kareo nunca la cambia.",
        ),
        "settings.of": ("{provider}, {location}", "{provider}, {location}"),
        "back": ("Back to the week", "Volver a la semana"),
        "no_calendar": (
            "There is no calendar for this provider at this location yet: save its settings first.",
            "Todavía no hay calendario para este profesional en este lugar: guarde antes sus ajustes.",
        ),
        "no_place": (
            "This practice has no provider or no location yet; the Onboarding Manager adds them.",
            "Este consultorio todavía no tiene profesional o lugar; los agrega el Onboarding Manager.",
        ),
        "slots": ("Slots", "Turnos"),
        "slot_minutes": ("Time Slot Duration, in minutes", "Duración del turno, en minutos"),
        "anchor": ("Where slots begin", "Dónde empiezan los turnos"),
        "anchor.window": ("at the start of each stretch of hours", "al inicio de cada tramo del horario"),
        "anchor.hour": ("on the full hour", "a la hora en punto"),
        "anchor.midnight": ("counted from midnight", "contados desde medianoche"),
        "day_start": ("Start Time", "Hora de inicio"),
        "day_end": ("End Time", "Hora de fin"),
        "buffer_before": ("Minutes kept free before an appointment", "Minutos libres antes de una cita"),
        "buffer_after": ("Minutes kept free after an appointment", "Minutos libres después de una cita"),
        "lead_times": ("How soon, how far ahead", "Con cuánta antelación"),
        "minimum_notice_minutes": ("Minimum notice, in minutes", "Antelación mínima, en minutos"),
        "horizon_days": ("Horizon, in days", "Hasta cuántos días"),
        "holds": (
            (
                "While a patient fills in the form, the time is held for {hold} minutes, {longest} at most. A request "
                "keeps its time until it is decided."
            ),
            (
                "Mientras un paciente llena el formulario, la hora se guarda {hold} minutos, {longest} como máximo. "
                "Una solicitud conserva su hora hasta que se decide."
            ),
        ),
        "hours": ("Weekly hours", "Horario semanal"),
        "hours.hint": (
            "Such as 09:00-12:00, 13:00-17:00; a gap is a break",
            "Por ejemplo 09:00-12:00, 13:00-17:00; lo que falta es descanso",
        ),
        "available": ("Available", "Disponible"),
        "hours_of": ("Hours on {day}", "Horario: {day}"),
        "saved_now": ("saved now: {value}", "guardado ahora: {value}"),
        "nothing": ("nothing", "nada"),
        "save_settings": ("Save Settings", "Guardar ajustes"),
        "unit.minutes": ("minutes", "minutos"),
        "unit.days": ("days", "días"),
    },
    "calendar_days": {
        "monday": ("Monday", "Lunes"),
        "tuesday": ("Tuesday", "Martes"),
        "wednesday": ("Wednesday", "Miércoles"),
        "thursday": ("Thursday", "Jueves"),
        "friday": ("Friday", "Viernes"),
        "saturday": ("Saturday", "Sábado"),
        "sunday": ("Sunday", "Domingo"),
    },
    "causes": {
        "offered": ("Free", "Libre"),
        "busy": ("Taken", "Ocupado"),
        "blocked": ("Blocked", "Cerrado"),
        "weekday_off": ("Day off", "Día libre"),
        "outside_hours": ("No hours", "Sin horario"),
        "in_the_past": ("Past", "Pasado"),
        "too_soon": ("Too soon", "Muy pronto"),
        "beyond_horizon": ("Too far", "Muy lejos"),
        "buffer": ("Kept free", "Reservado"),
        "does_not_fit": ("Too short", "Muy corto"),
    },
    "cause_means": {
        "offered": ("patients can ask for it", "los pacientes pueden pedirla"),
        "busy": (
            "an appointment, a request, or somebody filling in the form",
            "una cita, una solicitud o alguien llenando el formulario",
        ),
        "blocked": ("a time block closes usual hours", "un bloqueo cierra el horario habitual"),
        "weekday_off": ("the weekday is switched off", "el día de la semana está apagado"),
        "outside_hours": ("outside of the weekly hours", "fuera del horario semanal"),
        "in_the_past": ("it has passed", "ya pasó"),
        "too_soon": ("sooner than the minimum notice allows", "antes de lo que permite la antelación mínima"),
        "beyond_horizon": ("further ahead than the horizon", "más allá del límite de días"),
        "buffer": ("free time around an appointment", "tiempo libre junto a una cita"),
        "does_not_fit": ("no whole slot fits before the next end", "no cabe un turno entero antes del fin"),
    },
    "claims": {
        "hold": ("Form being filled in", "Formulario en curso"),
        "request": ("Request", "Solicitud"),
        "appointment": ("Appointment", "Cita"),
    },
    "calendar_done": {
        "blocked": ("This time is closed.", "Esta hora está cerrada."),
        "opened": ("This time is open.", "Esta hora está abierta."),
        "cleared": ("The usual hours of that day hold again.", "Ese día vale otra vez el horario habitual."),
        "saved": ("The settings are saved; the widget follows them.", "Ajustes guardados; la reserva los sigue."),
    },
    "calendar_faults": {
        "other_page": (
            "This form did not come from our page, or has been open for too long. Please send it again.",
            "Este formulario no vino de nuestra página o estuvo abierto demasiado tiempo. Envíelo de nuevo.",
        ),
        "changed_meanwhile": (
            "Somebody else saved this calendar after you opened it, so nothing was saved. It is shown as it is now.",
            "Otra persona guardó este calendario después de que usted lo abrió. No se guardó nada; así está ahora.",
        ),
        "no_such_slot": (
            "This slot is not in the calendar any more. Press one of the slots of this page.",
            "Este turno ya no está en el calendario. Pulse uno de los turnos de esta página.",
        ),
        "no_calendar": (
            "There is no calendar for this provider at this location yet. Save its settings first.",
            "Todavía no hay calendario para este profesional en este lugar. Guarde antes sus ajustes.",
        ),
        "blocks_wrong": (
            "This time ends before it starts or lies outside of its day. Choose times from midnight to midnight.",
            "Esta hora termina antes de empezar o cae fuera de su día. Elija horas de medianoche a medianoche.",
        ),
        "no_day": ("Choose a day.", "Elija un día."),
        "day_past": (
            "This day has passed. Choose today or a later day.",
            "Ese día ya pasó. Elija hoy o un día posterior.",
        ),
        "too_far": ("Choose a day within the next two years.", "Elija un día dentro de los próximos dos años."),
        "bad_times": (
            "Write two times such as 09:30 and 14:00, the second one later.",
            "Escriba dos horas como 09:30 y 14:00, la segunda más tarde.",
        ),
        "no_way": ("Choose whether the time is closed or opened.", "Elija si la hora se cierra o se abre."),
        "not_a_number": ("Write a whole number.", "Escriba un número entero."),
        "not_a_time": ("Write a time such as 09:30 or 5:00 PM.", "Escriba una hora como 09:30 o 17:00."),
        "not_hours": (
            "Write hours such as 09:00-12:00, 13:00-17:00: from, a dash, to, and a comma between two of them.",
            "Escriba el horario así: 09:00-12:00, 13:00-17:00: desde, guion, hasta, y coma entre dos tramos.",
        ),
        "settings_wrong": ("These settings do not fit together.", "Estos ajustes no encajan entre sí."),
        "unknown_zone": (
            "The practice's time zone is not known. Tell your Onboarding Manager.",
            "No se conoce la zona horaria del consultorio. Avise a su Onboarding Manager.",
        ),
        "out_of_range": (
            "{value} {unit} is not possible. Choose {low} to {high} {unit}.",
            "{value} {unit} no es posible. Elija de {low} a {high} {unit}.",
        ),
        "notice_over_horizon": (
            "This is longer than the horizon, so nothing would ever be offered. Shorten it.",
            "Es más que el límite de días: nunca se ofrecería nada. Acórtela.",
        ),
        "bounds_outside": (
            "Start Time and End Time must lie within one day.",
            "La hora de inicio y la de fin deben caer en un mismo día.",
        ),
        "bounds_reversed": (
            "The day ends before it starts. Choose a later End Time.",
            "El día termina antes de empezar. Elija una hora de fin posterior.",
        ),
        "wrong_days": ("Give the hours of seven days.", "Indique el horario de siete días."),
        "no_hours": (
            "It is available but has no hours. Add hours or switch the day off.",
            "Está disponible pero sin horario. Agregue horas o apague el día.",
        ),
        "hours_reversed": (
            "{0} ends before it starts. Choose a later end.",
            "{0}: termina antes de empezar. Elija un fin posterior.",
        ),
        "hours_outside": (
            "{0} lies outside Start Time and End Time. Change the hours or these times.",
            "{0}: cae fuera de la hora de inicio y de fin. Cambie el horario o esas horas.",
        ),
        "hours_overlap": (
            "{0} and {1} overlap. Join them or move one.",
            "{0} y {1} se solapan. Únalos o mueva uno.",
        ),
    },
}
