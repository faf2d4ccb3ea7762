"""Keys of model providers."""

from core.data.detect.rules import token

_HEX = "0f3a91c7d25b8e64"
_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"
_LETTERS = "ZkvQxTbLmWpRsYnHdEuGcJaFoKiVtXeBwD"

FAMILIES = (
    token(
        "sk-ant-key",
        "Key that begins with sk-ant-",
        lead=rb"sk-ant-",
        shape=rb"sk-ant-(?:[a-z]{3,8}[0-9]{2}-)?[0-9A-Za-z_\-]{40,120}",
        finds=(
            "sk" + "-ant-api03-" + _MIX + _MIX[:33] + "AA",
            "sk" + "-ant-admin01-" + _MIX + "AA",
        ),
        leaves=("sk-ant-api03-xxxx", "sk-ant-" + "x" * 80),
    ),
    token(
        "openai-key",
        "OpenAI key",
        lead=rb"sk-(?:proj|svcacct|admin|None)-|sk-[0-9A-Za-z]{20}T3BlbkFJ",
        shape=(
            rb"sk-(?:proj|svcacct|admin|None)-[0-9A-Za-z_\-]{40,180}"
            rb"|sk-[0-9A-Za-z]{20}T3BlbkFJ[0-9A-Za-z]{20}"
        ),
        finds=(
            "sk" + "-" + _MIX[:20] + "T3Blbk" + "FJ" + _MIX[20:40],
            "OPENAI_API_KEY=sk" + "-proj-" + _MIX + "T3Blbk" + "FJ" + _MIX,
        ),
        leaves=("sk-xxxx", "sk-proj-your-key-here", "sk-proj-" + "x" * 48),
    ),
    token(
        "sk-key",
        "Key of an OpenAI-compatible provider that begins with sk-",
        lead=rb"sk-(?:or-v1-|lf-)?(?=[0-9A-Za-z_]{0,30}[0-9])[0-9A-Za-z]",
        shape=rb"sk-(?:or-v1-[0-9a-f]{64}|lf-[0-9a-f\-]{36}|[0-9A-Za-z]{32,64})",
        finds=("sk" + "-" + _HEX * 2, "sk" + "-or-v1-" + _HEX * 4, "sk" + "-" + _MIX[:48]),
        leaves=("sk-learn-contrib-0123456789abcdefghij", "risk-" + _HEX * 2, "task-" + _MIX[:40]),
    ),
    token(
        "huggingface-token",
        "Hugging Face token",
        lead=rb"hf_|api_org_",
        shape=rb"(?:hf|api_org)_[0-9A-Za-z]{34}",
        finds=("hf" + "_" + _LETTERS, "HF_TOKEN=hf" + "_" + _LETTERS[::-1]),
        leaves=("hf_" + "x" * 34, "hf_" + _LETTERS[:30], "hf_hub_download_of_everything_there_is"),
    ),
    token(
        "groq-key",
        "Groq key",
        lead=rb"gsk_",
        shape=rb"gsk_[0-9A-Za-z]{52}",
        finds=("gs" + "k_" + _MIX[:52],),
        leaves=("gsk_" + _MIX[:40], "gsk_" + "x" * 52),
    ),
    token(
        "model-provider-key",
        "Key of xAI, Perplexity, Replicate, NVIDIA, Fireworks or LangSmith",
        lead=rb"xai-|pplx-|r8_|nvapi-|fw_|lsv2_[ps][tk]_",
        shape=(
            rb"xai-[0-9A-Za-z]{70,90}|pplx-[0-9A-Za-z]{48,56}|r8_[0-9A-Za-z]{37}"
            rb"|nvapi-[0-9A-Za-z_\-]{60,70}|fw_[0-9A-Za-z]{22,24}|lsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}"
        ),
        finds=(
            "xa" + "i-" + _MIX + _MIX[:20],
            "ppl" + "x-" + _MIX[:48],
            "r" + "8_" + _MIX[:37],
            "nva" + "pi-" + _MIX + "q9Zt",
            "ls" + "v2_pt_" + _HEX * 2 + "_0f3a91c7d2",
        ),
        leaves=(
            "xai-short",
            "r8_register_of_the_second_machine_in_town",
            "fw_update_the_firmware_image",
        ),
    ),
)
