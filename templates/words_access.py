"""What the pages of signing in say, as (English, Spanish); keys are used as `access.<key>`."""

ACCESS = {
    "access": {
        "account": ("Your account", "Su cuenta"),
        "account.lead": (
            "You are signed in. Sign out when you leave this machine.",
            "Ha iniciado sesión. Ciérrela cuando deje este equipo.",
        ),
        "again": ("The same password again", "La misma contraseña otra vez"),
        "app": (
            (
                "Open an authenticator app on your phone, add an account, and type this key. On the phone itself, "
                "the link below opens the app."
            ),
            (
                "Abra una aplicación de autenticación en su teléfono, cree una cuenta y escriba la clave. En el mismo "
                "teléfono, el enlace de abajo abre la aplicación."
            ),
        ),
        "app.key": ("Key", "Clave"),
        "app.kind": ("Kind of key: time based, six digits", "Tipo de clave: según la hora, seis cifras"),
        "app.link": ("Open the authenticator app", "Abrir la aplicación de autenticación"),
        "begun": ("Since {moment}", "Desde el {moment}"),
        "code": ("Code", "Código"),
        "code.hint": (
            "Six digits from your authenticator app, or one of your recovery codes.",
            "Seis cifras de su aplicación de autenticación, o uno de sus códigos de recuperación.",
        ),
        "code.set_up_hint": (
            "The six digits that the app shows now.",
            "Las seis cifras que la aplicación muestra ahora.",
        ),
        "code.title": ("Enter your code", "Escriba su código"),
        "computer": ("A computer", "Un ordenador"),
        "continue": ("Continue", "Continuar"),
        "email": ("Email address", "Correo electrónico"),
        "end_others": ("End the other sessions", "Cerrar las demás sesiones"),
        "error": ("Error", "Error"),
        "errors": ("Please look at this again", "Revise esto, por favor"),
        "invited.lead": (
            (
                "Choose the password with which you will sign in: 12 characters or more; a sentence of your own "
                "is easier to remember than signs and digits."
            ),
            (
                "Elija la contraseña con la que iniciará sesión. Necesita al menos 12 caracteres; una frase propia se "
                "recuerda mejor que signos y cifras."
            ),
        ),
        "invited.title": ("Choose a password", "Elija una contraseña"),
        "language": ("Language", "Idioma"),
        "local.lead": (
            "This link signs you in as {person}, once, on this machine only.",
            "Este enlace inicia sesión como {person}, una sola vez y solo en este equipo.",
        ),
        "local.title": ("Sign in on this machine", "Iniciar sesión en este equipo"),
        "none_other": ("You are signed in nowhere else.", "No tiene ninguna otra sesión abierta."),
        "onward": ("Go on to your pages", "Ir a sus páginas"),
        "others": ("Your other sessions", "Sus otras sesiones"),
        "password": ("Password", "Contraseña"),
        "password.new": ("New password", "Contraseña nueva"),
        "phone": ("A phone", "Un teléfono"),
        "recovery.lead": (
            (
                "Without your phone, each of these codes lets you in once. Print them or write them down now, and keep "
                "them where you keep other keys: they are never shown again."
            ),
            (
                "Sin su teléfono, cada uno de estos códigos le deja entrar una vez. Anótelos ahora y guarde "
                "la lista con otras llaves: no se vuelve a mostrar."
            ),
        ),
        "recovery.title": ("Your recovery codes", "Sus códigos de recuperación"),
        "seen": ("Last used {moment}", "Último uso: {moment}"),
        "set_up.title": ("Set up your codes", "Configure sus códigos"),
        "sign_in": ("Sign in", "Iniciar sesión"),
        "sign_in.lost": (
            "Password forgotten, or phone lost? Ask your Onboarding Manager for a new invitation.",
            "¿Olvidó la contraseña o perdió el teléfono? Pida una invitación nueva a su Onboarding Manager.",
        ),
        "sign_out": ("Sign out", "Cerrar sesión"),
        "skip": ("Skip to the content", "Ir al contenido"),
        "staff": ("Staff area", "Área del equipo"),
        "this": ("This session", "Esta sesión"),
        "too_often.title": ("Too many tries", "Demasiados intentos"),
        "too_often.lead": (
            "Please wait a quarter of an hour, then try again. Nothing was changed.",
            "Espere un cuarto de hora y vuelva a intentarlo. No se cambió nada.",
        ),
        "why.idle": (
            "You were logged off because no page was opened for a while. Sign in to go on.",
            "Se cerró su sesión porque no abrió ninguna página durante un rato. Inicie sesión para seguir.",
        ),
        "why.too_old": (
            "Your session has reached its longest time. Sign in to go on.",
            "Su sesión ha llegado a su duración máxima. Inicie sesión para seguir.",
        ),
        "why.again": ("Please begin again.", "Empiece de nuevo, por favor."),
        "why.signed_out": ("You are signed out.", "Ha cerrado la sesión."),
    },
    "access_faults": {
        "other_page": (
            "This form did not come from our page, or has been open for too long. Please send it again.",
            "Este formulario no vino de nuestra página o estuvo abierto demasiado tiempo. Envíelo de nuevo.",
        ),
        "not_let_in": (
            (
                "Address and password do not fit, or too many tries went before. Check both; after five tries, wait "
                "a quarter of an hour. If you were invited and have not finished, open the link in that mail again."
            ),
            (
                "El correo y la contraseña no coinciden, o hubo demasiados intentos. Revise ambos; tras cinco intentos "
                "fallidos, espere un cuarto de hora. Si le invitaron y no terminó, abra de nuevo el enlace del correo."
            ),
        ),
        "wrong_code": (
            "This code does not fit. Type the one that the app shows now; each code works once.",
            "Este código no sirve. Escriba el que la aplicación muestra ahora; cada código sirve una sola vez.",
        ),
        "not_same": ("The two passwords are not the same.", "Las dos contraseñas no son iguales."),
        "too_short": (
            "This password is too short: it needs at least 12 characters.",
            "La contraseña es demasiado corta: necesita al menos 12 caracteres.",
        ),
        "too_long": (
            "This password is too long: it may have 128 characters.",
            "La contraseña es demasiado larga: puede tener 128 caracteres.",
        ),
        "too_even": (
            "This password repeats itself. Use more different characters.",
            "La contraseña se repite. Use más caracteres distintos.",
        ),
        "common": (
            "Many people use a password like this one, so it is tried first. Take a sentence of your own.",
            "Mucha gente usa una contraseña así y es la primera que se prueba. Use una frase propia.",
        ),
        "own_words": (
            "This password holds your name, your address or your practice's name. Leave those out.",
            "La contraseña contiene su nombre, su correo o el nombre de su consultorio. No los use.",
        ),
    },
}
