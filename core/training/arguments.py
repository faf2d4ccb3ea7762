"""The settings handed to transformers' training loop; what we do ourselves is switched off."""

import torch
from transformers import TrainingArguments

from core.jobs.context import JobContext
from core.training.ranks import RankContext
from core.training.recipe import Recipe


def half_precision(recipe: Recipe, device: torch.device) -> bool:
    """Return whether the arithmetic is bfloat16."""
    if recipe.model.dtype != "auto":
        return recipe.model.dtype == "bfloat16"
    # Older cards only imitate it, slower than they compute in float32.
    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def training_arguments(
    recipe: Recipe, job: JobContext, device: torch.device, *, steps: int
) -> TrainingArguments:
    """Return the settings of the stock loop for a recipe."""
    constant = recipe.optim.schedule == "constant" and recipe.optim.warmup_share > 0
    return TrainingArguments(
        output_dir=str(job.folder.checkpoints),
        use_cpu=device.type == "cpu",
        bf16=half_precision(recipe, device),
        seed=recipe.seed,
        max_steps=steps,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=1,
        learning_rate=recipe.optim.lr,
        lr_scheduler_type="constant_with_warmup" if constant else recipe.optim.schedule,
        warmup_steps=round(recipe.optim.warmup_share * steps),
        max_grad_norm=recipe.optim.clip,
        weight_decay=recipe.optim.weight_decay,
        optim="adamw_torch",
        # Replaces NaN by an average of the losses before, which hides the one thing to see.
        logging_nan_inf_filter=False,
        logging_steps=1,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        ddp_backend="gloo" if device.type == "cpu" and isinstance(job, RankContext) else None,
        remove_unused_columns=False,
    )
