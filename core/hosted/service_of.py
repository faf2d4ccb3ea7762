"""What the catalog says of a service that this program speaks with."""

from core.catalog.tuning_offers import Service, services


def service_named(label: str) -> Service:
    """Return a service of the catalog; it is there for every service that has a module here."""
    return next(one for one in services() if one.name == label)
