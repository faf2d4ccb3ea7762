"""Free prose answers: how the base model talks before it learns the house format."""

import random
from typing import Final

from sample_data.building.phrases import CUES, Topic
from sample_data.building.tickets import Ticket

OPENINGS: Final = (
    "Thank you for your message.",
    "Thanks for writing to us.",
    "I am sorry about the trouble.",
    "I am sorry to hear that.",
    "Thank you for telling us.",
    "That should not happen, I am sorry.",
    "I understand how annoying this is.",
    "Good that you wrote to us.",
)

ADVICE: Final[dict[Topic, tuple[str, ...]]] = {
    "billing": (
        "I will look at the {p} payment and correct the bill if it is wrong.",
        "This is a billing question, so I will ask our accounts team about the {p}.",
        "Please send me the invoice number of the {p} and I will check the sum.",
        "If you paid too much for the {p}, the money goes back to your card.",
    ),
    "delivery": (
        "I will ask the courier where the {p} is.",
        "This is about a delivery, so I will open a search for the {p} parcel.",
        "Please check the address of the {p} order while I call the depot.",
        "If the {p} does not come, we will send another one.",
    ),
    "returns": (
        "You can send the {p} back in its box and we will refund it.",
        "This is about returns, so I will mail you the form for the {p}.",
        "Please pack the {p} well and bring it to the post office.",
        "Once the {p} is here, the refund is made.",
    ),
    "login": (
        "Please open the {p} page and ask for a new password.",
        "This is a login problem, so I will reset the {p} access for you.",
        "I will free the {p} account and send you a fresh link.",
        "Please try the {p} login in another browser first.",
    ),
    "setup": (
        "Please hold the button of the {p} for five seconds and open the app.",
        "This is a setup question, so I will explain the first steps of the {p}.",
        "The guide for the {p} shows where each cable belongs.",
        "Start the {p} again and choose your language first.",
    ),
    "fault": (
        "Please unplug the {p} and try it again after a minute.",
        "This sounds like a fault, so we will repair or replace the {p}.",
        "I will ask our workshop what is wrong with the {p}.",
        "If the {p} stays broken, you will get a new one.",
    ),
}

ENDINGS: Final = (
    "Please write again if something is unclear.",
    "I hope this helps.",
    "You will hear from me soon.",
    "Have a good day.",
    "I am glad to help with more questions.",
    "Please tell me how it went.",
)

HURRY: Final = {
    "high": ("I treat this as urgent.", "Your case has high priority.", "I do this first."),
    "normal": ("I will do it soon.", "This is a normal case for us.", "I take care of it."),
    "low": ("As it can wait, I put it on my list.", "This has low priority, as you say.", ""),
}

SYSTEMS: Final = (
    "You are the support desk of {f}.",
    "You are a friendly support agent of {f}. Read the ticket and answer.",
    "You work for {f}. Write a note to the customer.",
    "You answer the mail of customers.",
    "You are the support desk of {f}. Read the ticket and write the answer.",
    "Help the customer.",
    "You are the help desk of {f}. Write the reply note to the ticket.",
    "",
)

FIRMS: Final = ("Fernhill", "Fernhill", "our company", "Northway", "Elmtree", "Bluefield")


def write_system(rng: random.Random) -> str:
    """Return instructions as a support desk might have them; empty for none."""
    return rng.choice(SYSTEMS).format(f=rng.choice(FIRMS))


def write_reply(ticket: Ticket, rng: random.Random) -> str:
    """Return a helpful answer in prose, with no fixed form."""
    advice = rng.sample(ADVICE[ticket.topic], rng.choice((1, 2)))
    parts = [rng.choice(OPENINGS), *(line.format(p=ticket.product) for line in advice)]
    if rng.random() < 0.6:
        parts.insert(rng.choice((1, len(parts))), rng.choice(HURRY[ticket.urgency]))
    if rng.random() < 0.6:
        parts.append(rng.choice(ENDINGS))
    return " ".join(part for part in parts if part)


def write_judgement(ticket: Ticket, rng: random.Random) -> tuple[str, str]:
    """Return a question on the ticket and its answer, in words of every day."""
    cue = rng.choice(CUES[ticket.urgency])
    pairs = (
        ("What is this ticket about?", f"It is about {ticket.topic}."),
        ("Which topic fits?", f"The topic is {ticket.topic}."),
        ("Which product is in trouble?", f"The product is the {ticket.product}."),
        ("How urgent is it?", f"The urgency is {ticket.urgency}."),
        ("Name the topic and the product.", f"{ticket.topic} and {ticket.product}"),
        ("Name the urgency and the topic.", f"{ticket.urgency} and {ticket.topic}"),
        (f'How urgent is a message that says "{cue}"', f"The urgency is {ticket.urgency}."),
    )
    return rng.choice(pairs)
