"""Why an enrollment did not reach a clearinghouse: our codes as sentences that say what to do."""

from collections.abc import Mapping
from typing import Final

_SENTENCES: Final[Mapping[str, str]] = {
    "no_tax_id": "The billing identity has no tax ID. Add it with the practice's payer list, then submit again.",
    "no_street": "The billing identity has no street. Add it with the practice's payer list, then submit again.",
    "no_phone": "Neither the location nor the primary contact has a phone number. Add one, then submit again.",
    "no_location": "The practice has no location. Add one, then submit again.",
    "no_payer_id": "The payer's id at this clearinghouse is not known. Change the route of the enrollment.",
    "unknown_payer": "The clearinghouse does not know this payer id. Look it up there and change the route.",
    "transaction_not_offered": "The clearinghouse does not enroll this transaction. Change the route to manual.",
    "duplicate": "The clearinghouse says that this enrollment is there already. Look for it there.",
    "malformed": "The clearinghouse did not accept what the practice has on file. Check name, address and tax ID.",
    "name_too_short": "The clearinghouse wants a name of at least five letters. Correct the practice's name.",
    "not_authorised": "The clearinghouse does not accept our key. Check GOLIVE_STEDI_API_KEY.",
    "throttled": "The clearinghouse asked us to wait. It is tried again by itself.",
    "not_in_use": "This clearinghouse is not in use. Check GOLIVE_CLEARINGHOUSE, or change the route to manual.",
    "several": "More than one enrollment carries our mark there. Look there, then resolve the submission.",
    "cannot_tell": "The clearinghouse did not say which enrollment is ours. Look there, then resolve the submission.",
    "overtaken": "The enrollment has moved on meanwhile; nothing is to be done.",
    "given_up": "A person gave the submission up. Correct the enrollment, then submit again.",
    "cannot_unseal": "The practice's keys are destroyed or do not fit; nothing of it can be sent.",
    "provider_unsure": "It is not known whether the provider was made there. It is tried again by itself.",
    "address_not_private": "The clearinghouse's address is not protected by TLS. Check GOLIVE_STEDI_BASE_URL.",
}
_AGAIN: Final = "It is tried again by itself."


def sentence_of(code: str) -> str:
    """Say in one sentence what is wrong and what to do; a code without a sentence is shown as it is."""
    if not code:
        return ""
    return _SENTENCES.get(code, f"The clearinghouse gave no usable answer ({code}). {_AGAIN}")
