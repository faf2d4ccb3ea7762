"""`tuningfork price`: what training a model at a service costs; enter it, or take it back."""

import json
from argparse import Namespace

from core.hosted.kinds import kind_of
from core.hosted.own_prices import FORM, known_price, price_said, put_price, take_back
from core.hosted.prices import money
from core.text_safety import visible
from tui.commands.place import moment, workspace_of


def run(arguments: Namespace) -> int:
    """Show, enter or take back a price; return 1 where none is known afterwards."""
    own, today = workspace_of(arguments).prices, moment().date()
    service, model = kind_of(arguments.provider).label, arguments.model
    taken = None
    if arguments.take_back:
        taken = take_back(own, service, model)
    elif arguments.words:
        typed = " ".join(arguments.words)
        put_price(own, price_said(typed, service=service, model=model, today=today))
    found = known_price(service, model, own=own, today=today)
    price = found.price
    if arguments.json:
        said = {
            "service": service,
            "model": model,
            "amount": str(price.amount) if price else None,
            "currency": price.currency if price else None,
            "as_of": price.as_of if price else None,
            "source": price.source if price else None,
            "yours": found.yours,
            "taken_back": taken is not None,
        }
        print(json.dumps(said, ensure_ascii=False))
        return int(price is None)
    if arguments.take_back:
        print("Taken back." if taken else "There is no price of yours to take back.")
    if price is None:
        print(f"The price of training {visible(model)} at {service} is not known.")
        print(f"Enter it: tuningfork price {kind_of(arguments.provider).name} MODEL {FORM}")
        return 1
    whose = "yours" if found.yours else "from the catalogue"
    amount = money(price.amount, price.currency)
    print(f"{amount} for a million training tokens of {visible(model)} at {service}, {whose}.")
    print(f"{visible(price.source_words)}, {price.age_words(today)}")
    return 0
