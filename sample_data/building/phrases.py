"""The words of Fernhill's customers: ours, so that no ticket needs a licence of others."""

from typing import Final, Literal, get_args

Topic = Literal["billing", "delivery", "returns", "login", "setup", "fault"]
"""What a ticket is about."""

Urgency = Literal["high", "normal", "low"]
"""How soon a person has to look at a ticket."""

TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)
URGENCIES: Final[tuple[Urgency, ...]] = get_args(Urgency)

PRODUCTS: Final = ("Lumen", "Atlas", "Pebble", "Quill", "Beacon", "Harbor")
"""A desk lamp, a router, a speaker, a notes app, a camera and a backup box."""

PROBLEMS: Final[dict[Topic, tuple[str, ...]]] = {
    "billing": (
        "I was charged twice for my {p}",
        "the invoice for the {p} shows the wrong amount",
        "my card was billed for a {p} that I never ordered",
        "the bank statement lists two payments for one {p}",
        "the discount for the {p} is missing on my bill",
        "you took the yearly fee for the {p} although I cancelled it",
        "the tax on the {p} invoice looks wrong",
        "I need a corrected receipt for the {p}",
        "the price of the {p} on my invoice is higher than in the shop",
        "my payment for the {p} went through but the order says unpaid",
        "the {p} subscription was renewed and the money is gone",
        "I cannot find the invoice for the {p} anywhere",
        "the company name on the {p} invoice is not ours",
        "a fee I do not know was added to the {p} bill",
    ),
    "delivery": (
        "my {p} has not arrived yet",
        "the parcel with the {p} is late",
        "the tracking page for the {p} has not moved for days",
        "the courier left the {p} at the wrong house",
        "the {p} was marked as delivered but nobody brought it",
        "I want to change the address for the {p} parcel",
        "only half of the {p} order came in the box",
        "the {p} is stuck at the depot",
        "the shipping date of my {p} was moved again",
        "the driver could not find our door and took the {p} back",
        "I have no tracking number for the {p}",
        "my neighbour got the {p} parcel instead of me",
        "the {p} was sent to my old street",
        "the box with the {p} came empty",
    ),
    "returns": (
        "I would like to send the {p} back",
        "I changed my mind about the {p} and want to return it",
        "please tell me how to return the {p}",
        "I need a label to send back the {p}",
        "the {p} does not fit our office and I want my money back",
        "I sent the {p} back and heard nothing about the refund",
        "the {p} was a gift and I wish to swap it for another colour",
        "I ordered two of the {p} and one has to go back",
        "I want to give the {p} back within the return period",
        "the refund for the returned {p} has not come",
        "where do I drop off the {p} for a return",
        "I opened the {p} box and do not want to keep it",
        "the {p} is not what I expected, so I am returning it",
        "can I exchange the {p} for the larger model",
    ),
    "login": (
        "I cannot sign in to my {p} account",
        "the {p} page says that my password is wrong",
        "I forgot the password of my {p} account",
        "my {p} account is locked after three tries",
        "the code to sign in to {p} never reaches me",
        "the reset link for the {p} account has expired",
        "the {p} login sends me back to the first page",
        "I lost the phone with the sign in codes for {p}",
        "someone changed the password of my {p} account",
        "my user name for {p} is no longer known",
        "I am logged out of {p} every few minutes",
        "a new colleague gets no access to our {p} account",
        "the {p} sign in page stays white",
        "the mail to confirm my {p} account does not come",
    ),
    "setup": (
        "I do not know how to set up the {p}",
        "how do I connect the {p} to the wifi",
        "I cannot pair the {p} with my phone",
        "the first steps for the {p} are not clear to me",
        "which cable belongs in which port of the {p}",
        "the {p} asks for a setup code and I have none",
        "I would like to install the {p} in a second room",
        "how can I move the {p} to a new laptop",
        "the manual of the {p} skips the step with the button",
        "where do I choose the language of the {p}",
        "I want to link the {p} with the calendar",
        "the setup of the {p} stops at step four",
        "how do I add my family to the {p}",
        "the guide does not say where to mount the {p}",
    ),
    "fault": (
        "my {p} stopped working",
        "the {p} turns itself off after a minute",
        "the {p} makes a loud noise",
        "the screen of the {p} flickers",
        "the {p} no longer starts",
        "the {p} gets very hot",
        "the {p} shows a red light and does nothing",
        "the {p} loses all settings over night",
        "the {p} is broken since the last update",
        "the button of the {p} came off",
        "the {p} crashes again and again",
        "there is a crack in the case of the {p}",
        "the {p} smells of smoke",
        "the {p} freezes whenever I touch it",
    ),
}
"""What went wrong, by topic; each names the product once."""

DETAILS: Final[dict[Topic, tuple[str, ...]]] = {
    "billing": (
        "The amount is {n} euros too high.",
        "The payment was taken on the {d}.",
        "I attached the bank statement.",
        "My accountant asked about it.",
        "I paid by card as always.",
        "The bill has the number {c}.",
        "The same thing happened last quarter.",
        "Please correct the sum and send a new bill.",
    ),
    "delivery": (
        "The order number is {c}.",
        "I ordered it {n} days ago.",
        "The tracking page still says in transit.",
        "I was at home all day.",
        "The shop promised it for the {d}.",
        "The courier does not answer the phone.",
        "Nobody rang the bell.",
        "Please tell me where it is.",
    ),
    "returns": (
        "I bought it {n} days ago.",
        "The box is complete and clean.",
        "The order number is {c}.",
        "I still have the receipt.",
        "I sent it on the {d}.",
        "It was never used.",
        "Please pay the money back to my card.",
        "I can bring it to a shop as well.",
    ),
    "login": (
        "I tried {n} times.",
        "I asked for a new password on the {d}.",
        "The message says error {c}.",
        "I looked in the spam folder too.",
        "It worked on my old phone.",
        "The same password works elsewhere.",
        "I use the web page, not the app.",
        "Please let me in again.",
    ),
    "setup": (
        "I read the guide {n} times.",
        "It came on the {d}.",
        "The code on the back reads {c}.",
        "I have never used one before.",
        "My phone is a new one.",
        "A short list of steps would help me.",
        "The video on your page did not play.",
        "I got as far as the second page.",
    ),
    "fault": (
        "It started {n} days ago.",
        "It was fine until the {d}.",
        "The label on the back says {c}.",
        "I unplugged it and waited, with no change.",
        "Nobody dropped it.",
        "It happens every evening.",
        "I tried another socket.",
        "A new cable did not help.",
    ),
}
"""What people add; `{n}` is a count, `{d}` a day of the month, `{c}` a code."""

CUES: Final[dict[Urgency, tuple[str, ...]]] = {
    "high": (
        "This is urgent.",
        "I need an answer today.",
        "Please hurry.",
        "Our whole office is waiting for this.",
        "We cannot work until this is solved.",
        "I have a meeting in an hour and depend on it.",
        "It has to be solved at once.",
        "Please call me right away.",
        "We are losing money every hour.",
        "I leave for a trip tonight, so it is pressing.",
        "This cannot wait.",
        "Our shop is closed because of this.",
    ),
    "normal": (
        "Could you look into it?",
        "Thank you for your help.",
        "I hope you can help me.",
        "Please let me know what to do.",
        "What should I do next?",
        "I would be glad about an answer.",
        "Can you help me with this?",
        "Please advise.",
        "Let me know if you need more details.",
        "I look forward to your answer.",
        "Your help is welcome.",
        "How do we go on from here?",
    ),
    "low": (
        "There is no rush.",
        "Take your time.",
        "It is not important, I only wanted to mention it.",
        "An answer next week is fine.",
        "This can wait.",
        "Whenever you have a quiet moment is fine.",
        "It does not bother me much.",
        "No hurry at all.",
        "I am only curious.",
        "Any day this month will do.",
        "It is a small thing and can wait.",
        "Please do not drop other work for this.",
    ),
}
"""What tells how soon an answer is needed; one cue in every ticket."""

GREETINGS: Final = (
    "",
    "",
    "Hello,",
    "Hi,",
    "Dear team,",
    "Good morning,",
    "Hi there,",
    "Good evening,",
    "Hello support,",
    "Dear Fernhill team,",
)

CONTEXTS: Final = (
    "",
    "",
    "I am a customer since {y}.",
    "I write for our small office.",
    "My mother asked me to write to you.",
    "We run a bakery with {n} people.",
    "I bought from you before and was happy.",
    "I already looked at the help page.",
    "I spoke with somebody on the phone last week.",
    "We teach at a school in the north.",
    "I work from home.",
    "This is my second message.",
    "We have used your things for {n} years.",
    "I am new here.",
    "I found you through a friend.",
    "Our team moved to a new building.",
)

LINKS: Final = (
    "{s}.",
    "It seems that {s}.",
    "My question: {s}.",
    "As of this week, {s}.",
    "Here is the matter: {s}.",
    "I am writing because {s}.",
    "Sadly, {s}.",
    "In short, {s}.",
    "Once more, {s}.",
)

DISTRACTORS: Final = (
    "My {q} works well, by the way.",
    "The {q} I also own is fine.",
    "With the {q} I had no trouble at all.",
)
"""Sentences that name a second product, which the ticket is not about."""

CLOSINGS: Final = (
    "",
    "",
    "Best wishes, {name}",
    "Thanks, {name}",
    "Kind regards, {name}",
    "Regards, {name}",
    "{name}",
    "Yours, {name}",
)

NAMES: Final = (
    "Ada", "Ben", "Cora", "Dan", "Eva", "Finn", "Gina", "Hugo", "Ida", "Jon", "Kira", "Leo",
    "Mia", "Nora", "Omar", "Pia", "Rosa", "Sam", "Tara", "Uma", "Vera", "Will", "Yara", "Zoe",
)  # fmt: skip
