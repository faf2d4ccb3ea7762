"""What other trainers call the fields of a recipe, for whoever brings one along."""

from typing import Final

ELSEWHERE: Final = {
    "alpha": "lora.scale",
    "base_model": "model.base",
    "batch_size": "batch.update_rows",
    "cutoff_len": "data.max_tokens",
    "dataset": "data.split",
    "gradient_accumulation_steps": "batch.update_rows",
    "learning_rate": "optim.lr",
    "lora_alpha": "lora.scale",
    "lora_dropout": "lora.dropout",
    "lora_r": "lora.rank",
    "lora_target_modules": "lora.targets",
    "lr_scheduler": "optim.schedule",
    "lr_scheduler_type": "optim.schedule",
    "max_grad_norm": "optim.clip",
    "max_length": "data.max_tokens",
    "max_seq_length": "data.max_tokens",
    "micro_batch_size": "batch.tokens",
    "model_name_or_path": "model.base",
    "num_epochs": "epochs",
    "num_train_epochs": "epochs",
    "per_device_train_batch_size": "batch.update_rows",
    "r": "lora.rank",
    "sequence_len": "data.max_tokens",
    "target_modules": "lora.targets",
    "warmup_ratio": "optim.warmup_share",
    "warmup_steps": "optim.warmup_share",
}
"""Their names, and the dotted names of ours."""
