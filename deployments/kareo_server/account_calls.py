"""The calls about the account: practices, providers, locations, vendors."""

from deployments.kareo_server.failures import CallFailedError
from deployments.kareo_server.lists import Asked, Row
from deployments.kareo_server.rows import Location, Login, Practice, Provider
from deployments.kareo_server.soap import Record
from deployments.kareo_server.staff import State
from deployments.kareo_server.words import list_truth


def get_practices(asked: Asked) -> Record:
    """List the practices that the caller reaches."""
    rows = [each for each in asked.state.practices.values() if each.id in asked.login.practices]
    wanted = [each for each in rows if _is_wanted(asked, each)]
    return {"Practices": {"PracticeData": asked.written(_practice(each) for each in wanted)}}


def _is_wanted(asked: Asked, practice: Practice) -> bool:
    return (
        asked.equal("PracticeName", practice.name)
        and asked.equal("ID", str(practice.id))
        and asked.equal("NPI", practice.npi)
        and asked.equal("TaxID", practice.tax_id)
        and asked.equal("Active", list_truth(value=practice.is_active))
    )


def _practice(practice: Practice) -> Row:
    return {
        "Active": lambda: list_truth(value=practice.is_active),
        "ID": lambda: str(practice.id),
        "NPI": lambda: practice.npi,
        "PracticeName": lambda: practice.name,
        "TaxID": lambda: practice.tax_id,
    }


def get_providers(asked: Asked) -> Record:
    """List the providers of the practices asked for."""
    state = asked.state
    found = [each for practice in asked.practices() for each in state.owned_by(practice, state.providers)]
    rows = [_provider(state, each) for each in found if asked.equal("FullName", each.full_name)]
    return {"Providers": {"ProviderData": asked.written(rows)}}


def _provider(state: State, provider: Provider) -> Row:
    first, _, last = provider.full_name.rpartition(" ")
    return {
        "Active": lambda: list_truth(value=provider.is_active),
        "FirstName": lambda: first.removeprefix("Dr. "),
        "FullName": lambda: provider.full_name,
        "ID": lambda: str(provider.id),
        "LastName": lambda: last,
        "NationalProviderIdentifier": lambda: provider.npi,
        "PracticeID": lambda: str(provider.practice),
        "PracticeName": lambda: state.practices[provider.practice].name,
        "Type": lambda: "Normal Provider",
    }


def get_service_locations(asked: Asked) -> Record:
    """List the service locations of the practices asked for."""
    state = asked.state
    found = [each for practice in asked.practices() for each in state.owned_by(practice, state.locations)]
    rows = [_location(state, each) for each in found if asked.equal("ID", str(each.id))]
    return {"ServiceLocations": {"ServiceLocationData": asked.written(rows)}}


def _location(state: State, location: Location) -> Row:
    return {
        "ID": lambda: str(location.id),
        "Name": lambda: location.name,
        "PracticeID": lambda: str(location.practice),
        "PracticeName": lambda: state.practices[location.practice].name,
    }


def get_external_vendors(state: State, _login: Login, _given: Record) -> Record:
    """List the vendors that registered."""
    vendors = [_vendor(number, name) for number, name in state.vendors.items()]
    return {"ExternalVendors": {"ExternalVendorData": vendors}}


def register_external_vendor(state: State, _login: Login, given: Record) -> Record:
    """Register a vendor by name, once."""
    name = (given.get("ExternalVendor") or {}).get("ExternalVendorName")
    if not name:
        message = "ExternalVendorName is required."
        raise CallFailedError(message)
    if name in state.vendors.values():
        message = "An external vendor of this name is registered already."
        raise CallFailedError(message)
    number = state.next_number()
    state.vendors[number] = name
    return {"ExternalVendor": _vendor(number, name)}


def _vendor(number: int, name: str) -> Record:
    return {"ExternalVendorID": number, "ExternalVendorName": name}
