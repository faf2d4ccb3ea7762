"""Tokens of messaging, mail, payment and shop services."""

from core.data.detect.rules import token
from core.data.detect.secrets.proofs import base64_number

_HEX = "0f3a91c7d25b8e64"
_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"


def _discord(value: bytes) -> bool:
    return base64_number(value.partition(b".")[0])


FAMILIES = (
    token(
        "slack-token",
        "Slack token",
        lead=rb"xox[abeoprs]-|xapp-[0-9]-|xoxe\.xox[bp]-",
        shape=(
            rb"xox[abeoprs]-(?:[0-9]{8,14}-){1,3}[0-9A-Za-z]{16,64}|xox[abeoprs]-[0-9]-[0-9A-Za-z]{80,200}"
            rb"|xapp-[0-9]-[0-9A-Z]{8,14}-[0-9]{8,14}-[0-9a-f]{32,64}|xoxe\.xox[bp]-[0-9]-[0-9A-Za-z]{100,200}"
        ),
        finds=(
            "xo" + "xb-2718281828-314159265358-" + _MIX[:24],
            "xo" + "xp-2718281828-314159265358-3141592654-" + _HEX * 2,
            "xa" + "pp-1-A02K7QZ9X1B-3141592653589-" + _HEX * 4,
        ),
        leaves=("xoxb-your-token-goes-right-here", "xoxb-" + "0" * 10 + "-" + "x" * 24),
    ),
    token(
        "stripe-key",
        "Stripe key; a test key is for review",
        lead=rb"(?:sk|rk)_(?:live|test)_|whsec_",
        shape=rb"(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{24,120}|whsec_[0-9A-Za-z+/]{32,64}",
        test_mark=b"_test_",
        finds=(
            "sk" + "_live_" + _MIX[:24],
            "rk" + "_live_" + _MIX + _MIX[:39],
            "sk" + "_test_" + _MIX[:24],
            "wh" + "sec_" + _MIX[:32],
        ),
        leaves=("pk_live_" + _MIX[:24], "sk_live_" + "x" * 24, "sk_live_" + _MIX[:12]),
    ),
    token(
        "sendgrid-key",
        "SendGrid key",
        lead=rb"SG\.",
        shape=rb"SG\.[0-9A-Za-z_\-]{22}\.[0-9A-Za-z_\-]{43}",
        finds=("S" + "G." + _MIX[:22] + "." + _MIX[:43],),
        leaves=("SG." + _MIX[:22] + "." + _MIX[:20], "MSG." + _MIX[:22] + "." + _MIX[:43]),
    ),
    token(
        "twilio-key",
        "Twilio API key",
        lead=rb"SK[0-9a-f]{8}",
        shape=rb"SK[0-9a-f]{32}",
        finds=("S" + "K" + _HEX * 2,),
        leaves=("SK" + _HEX, "TASK" + _HEX * 2, "SK" + "0" * 32),
    ),
    token(
        "mail-service-key",
        "Mailgun, Mailchimp or Brevo key",
        lead=rb"key-[0-9a-f]{8}|[0-9a-f]{32}-us[0-9]|xkeysib-",
        shape=rb"key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}|xkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16}",
        finds=(
            "ke" + "y-" + _HEX * 2,
            _HEX * 2 + "-us" + "14",
            "xkey" + "sib-" + _HEX * 4 + "-" + _MIX[:16],
        ),
        leaves=("key-" + _HEX, "monkey-" + _HEX * 2, _HEX * 2 + "-us"),
    ),
    token(
        "telegram-token",
        "Telegram bot token",
        lead=rb"[0-9]{8,10}:AA",
        shape=rb"[0-9]{8,10}:AA[0-9A-Za-z_\-]{32,33}",
        finds=("81" + "38270314:AA" + "E" + _MIX[:32],),
        leaves=("8138270314:AA" + _MIX[:20], "8138270314:BB" + _MIX[:33]),
    ),
    token(
        "discord-token",
        "Discord bot token, whose first part is the number of an account",
        lead=rb"[MNO][0-9A-Za-z_\-]{23,27}\.[0-9A-Za-z_\-]{6}\.",
        shape=rb"[MNO][0-9A-Za-z_\-]{23,27}\.[0-9A-Za-z_\-]{6}\.[0-9A-Za-z_\-]{27,40}",
        proof=_discord,
        finds=("MTA4NzY1NDMyMTA5OD" + "c2NTQzMg." + "GkQ7xZ." + _MIX[:38],),
        leaves=("MyLongIdentifierOfAThing." + "module." + _MIX[:38],),
    ),
    token(
        "shopify-token",
        "Shopify token",
        lead=rb"shp(?:at|ca|pa|ss|tka)_",
        shape=rb"shp(?:at|ca|pa|ss|tka)_[0-9A-Fa-f]{32}",
        finds=("sh" + "pat_" + _HEX * 2, "sh" + "pss_" + _HEX * 2),
        leaves=("shpat_" + _HEX, "shpat_" + "x" * 32),
    ),
    token(
        "square-token",
        "Square access token",
        lead=rb"sq0(?:atp|csp|idp)-|EAAA[EG]",
        shape=rb"sq0(?:atp|csp)-[0-9A-Za-z_\-]{22,43}|EAAA[EG][0-9A-Za-z_\-]{59}",
        finds=("sq" + "0atp-" + _MIX[:22], "EA" + "AAE" + _MIX[:59]),
        leaves=("sq0atp-short", "EAAAE" + _MIX[:20]),
    ),
)
