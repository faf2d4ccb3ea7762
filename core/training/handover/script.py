"""The part that Python scripts for other trainers share: the same tokens with the same loss."""

from collections.abc import Sequence
from typing import Any

from core.data.rows import Example
from core.training.handover.reading import Reading
from core.training.handover.rows import by_answer, to_prompt_and_completion

NOTES = ("Rows with several answers stand in the files once for each answer, each trained once.",)
_TRAINING = """\
{limits}{before}{tokens}settings = SFTConfig(
{settings}
)
trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=rows("train.jsonl"),
    eval_dataset=rows("validation.jsonl"),
    processing_class=tokenizer,
    {beside},
    callbacks=[{stopping}],
)
trainer.train()
"""
_TOKENS = '''

def tokens(row):
    """Return the ids of a row and its labels: the answer, up to the token that ends it."""
    before = tokenizer.apply_chat_template(
        row["prompt"], tools=row.get("tools"), tokenize=False, add_generation_prompt=True
    )
    whole = tokenizer.apply_chat_template(
        row["prompt"] + row["completion"], tools=row.get("tools"), tokenize=False
    )
    if not whole.startswith(before):
        raise SystemExit("The chat template rewrites earlier turns; this script cannot mask it.")
    asked = tokenizer(before, add_special_tokens=False)["input_ids"]
    answer = tokenizer(whole[len(before) :], add_special_tokens=False)["input_ids"]
    end = next((n for n, token in enumerate(answer, 1) if token in STOP), len(answer))
    labels = [-100] * len(asked) + answer[:end] + [-100] * (len(answer) - end)
    return {"input_ids": asked + answer, "labels": labels}


def rows(path):
    """Return the rows of a file, with longer ones treated as the recipe says."""
    with open(path, encoding="utf-8") as file:
        found = [tokens(json.loads(line)) for line in file]
    long = [n for n, row in enumerate(found, 1) if len(row["input_ids"]) > MAX_TOKENS]
    if long and OVER_LENGTH == "refuse":
        raise SystemExit(f"{path}: lines {long[:20]} are longer than {MAX_TOKENS} tokens.")
    if OVER_LENGTH == "drop":
        found = [row for row in found if len(row["input_ids"]) <= MAX_TOKENS]
    found = [{name: ids[:MAX_TOKENS] for name, ids in row.items()} for row in found]
    return Dataset.from_list(found)


'''


def rows(examples: Sequence[Example]) -> list[dict[str, Any]]:
    """Return one row an answer."""
    return [to_prompt_and_completion(one) for one in by_answer(examples)]


def device_line(reading: Reading) -> str:
    """Return the line that shows the script one GPU, or none."""
    number = reading.device_number()
    if number is None and not reading.on_processor():
        return 'os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")  # before torch is imported'
    shown = "" if number is None else str(number)
    return f'os.environ["CUDA_VISIBLE_DEVICES"] = {shown!r}  # before torch is imported'


def training(
    reading: Reading,
    *,
    model_limit: str,
    beside: str,
    before: str = "",
    settings: dict[str, Any] | None = None,
) -> str:
    """Return the lines from the loaded model to the end of training.

    `beside` is what the trainer is given beside rows and tokenizer, `before` stands before it.
    """
    every = _trainer_settings(reading) | (settings or {})
    return _TRAINING.format(
        limits=_limits(reading, model_limit),
        before=before,
        tokens=_TOKENS,
        settings=arguments(every),
        beside=beside,
        stopping=_stopping(reading),
    )


def adapter(reading: Reading) -> dict[str, Any]:
    """Return the adapter's settings as peft calls them."""
    return {
        "r": reading.take("lora.rank"),
        "lora_alpha": reading.alpha(),
        "lora_dropout": reading.take("lora.dropout"),
        "target_modules": reading.take("lora.targets"),
        "use_rslora": reading.take("lora.rs", False),
        "use_dora": reading.take("lora.dora", False),
    }


def _limits(reading: Reading, model_limit: str) -> str:
    """Return the lines that say which token ends an answer, and how long a row may be."""
    longest = reading.take("data.max_tokens")
    policy = reading.take("data.over_length")
    if policy == "cut_history":
        reading.lose("data.over_length", "longer rows are refused; turns cannot be cut out here")
        policy = "refuse"
    stop = list(reading.take("model.stop"))
    return (
        f"MAX_TOKENS = {longest or model_limit}\n"
        f"OVER_LENGTH = {policy!r}\n"
        f"STOP = {{tokenizer.eos_token_id, *tokenizer.convert_tokens_to_ids({stop!r})}}\n"
        "eos = model.generation_config.eos_token_id\n"
        "STOP |= set(eos if isinstance(eos, list) else [eos])\n"
    )


def schedule(reading: Reading) -> str:
    """Return the name of the learning-rate schedule as transformers calls it."""
    name = str(reading.take("optim.schedule"))
    warmed = name == "constant" and reading.take("optim.warmup_share")
    return "constant_with_warmup" if warmed else name


def arguments(values: dict[str, Any], indent: str = "    ") -> str:
    """Return keyword arguments, one a line; a value that is `Code` stands as it is."""
    lines = [
        f"{indent}{name}={value.text if isinstance(value, Code) else repr(value)},"
        for name, value in values.items()
    ]
    return "\n".join(lines)


class Code:
    """A value that is an expression of the script."""

    def __init__(self, text: str) -> None:
        self.text = text


def _trainer_settings(reading: Reading) -> dict[str, Any]:
    """Return what both scripts give to `SFTConfig`."""
    at_once = reading.rows_at_once()
    every = reading.evaluate_every
    dtype = reading.take("model.dtype")
    half = {"auto": "torch.cuda.is_available() and torch.cuda.is_bf16_supported()"}
    return {
        "output_dir": "checkpoints",
        "run_name": reading.take("name"),
        "seed": reading.take("seed"),
        "data_seed": reading.take("seed"),
        "num_train_epochs": reading.take("epochs"),
        "per_device_train_batch_size": at_once,
        "per_device_eval_batch_size": at_once,
        "gradient_accumulation_steps": reading.take("batch.update_rows") // at_once,
        "learning_rate": reading.take("optim.lr"),
        "lr_scheduler_type": schedule(reading),
        "warmup_steps": reading.warmup_steps,
        "max_grad_norm": reading.take("optim.clip"),
        "weight_decay": reading.take("optim.weight_decay"),
        "optim": "adamw_torch",
        "bf16": Code(half.get(dtype, str(dtype == "bfloat16"))),
        "eval_strategy": "steps",
        "eval_steps": every,
        "save_strategy": "steps",
        "save_steps": reading.save_every(),
        "save_total_limit": reading.take("checkpoint.keep") + 1,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "logging_steps": 1,
        "report_to": "none",
        "packing": False,
    }


def _stopping(reading: Reading) -> str:
    """Return the callback that ends training early."""
    patience = reading.take("evaluate.patience")
    delta = reading.take("evaluate.min_delta", 0.0)
    return f"EarlyStoppingCallback({patience}, {delta!r})"
