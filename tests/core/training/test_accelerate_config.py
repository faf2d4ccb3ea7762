"""A config file of accelerate becomes fields of the recipe, or is refused field by field."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file

from core.errors import RecipeError
from core.training.accelerate_config import accelerate_choices
from core.training.defaults import Facts
from core.training.recipe import make_recipe, read_recipe
from core.training.resolve import Resolved, resolve

FSDP = {
    "fsdp_version": 2,
    "fsdp_reshard_after_forward": True,
    "fsdp_auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "fsdp_cpu_ram_efficient_loading": True,
    "fsdp_offload_params": False,
    "fsdp_state_dict_type": "SHARDED_STATE_DICT",
    "fsdp_activation_checkpointing": True,
}
WRITTEN = {
    "compute_environment": "LOCAL_MACHINE",
    "debug": False,
    "distributed_type": "MULTI_GPU",
    "downcast_bf16": "no",
    "enable_cpu_affinity": False,
    "gpu_ids": "all",
    "machine_rank": 0,
    "main_training_function": "main",
    "mixed_precision": "bf16",
    "num_machines": 1,
    "num_processes": 4,
    "rdzv_backend": "static",
    "same_network": True,
    "tpu_env": [],
    "tpu_use_cluster": False,
    "tpu_use_sudo": False,
    "use_cpu": False,
}
"""What `accelerate config` writes for four GPUs."""
CHANGE_NOTHING = {"same_network", "main_training_function", "debug"}
ONLY_WHERE_THERE_ARE_SEVERAL = {
    *("main_process_ip", "main_process_port", "fsdp_config", "deepspeed_config"),
}
"""Machines, or ways to share weights: read where the file asks for these."""


def chosen(folder: Path, device: str = "cpu", **changes: Any) -> dict[str, object]:
    """Return the fields of the recipe that a config file comes to; accelerate can read it, too."""
    path = folder / "accelerate.yaml"
    path.write_text(yaml.safe_dump(WRITTEN | changes))
    load_config_from_file(str(path))
    return {one.field: one.value for one in accelerate_choices(path, device)}


def refusal(folder: Path, device: str = "cpu", **changes: Any) -> RecipeError:
    with pytest.raises(RecipeError) as refused:
        chosen(folder, device, **changes)
    return refused.value


def test_what_accelerate_writes_for_some_gpus_is_taken_up(tmp_path: Path) -> None:
    assert chosen(tmp_path) == {"runtime.processes": 4, "model.dtype": "bfloat16"}
    assert chosen(tmp_path, mixed_precision="no")["model.dtype"] == "float32"
    assert chosen(tmp_path, distributed_type="NO", num_processes=1)["runtime.processes"] == 1


def test_machines_meet_where_the_file_says(tmp_path: Path) -> None:
    meeting = {"main_process_ip": "node0", "main_process_port": 29500}
    found = chosen(tmp_path, num_machines=2, **meeting)
    assert found["runtime.processes"] == 2
    assert found["runtime.nodes"] == 2
    assert found["runtime.rendezvous"] == "node0:29500"
    assert "main_process_ip" in refusal(tmp_path, num_machines=2).why
    assert "num_processes = 4" in refusal(tmp_path, num_machines=3, **meeting).what


def test_shared_weights_are_taken_up(tmp_path: Path) -> None:
    found = chosen(tmp_path, distributed_type="FSDP", fsdp_config=FSDP)
    assert found["runtime.shard"] is True
    assert found["runtime.checkpointing"] == "on"
    for first, shared in (("FULL_SHARD", True), ("NO_SHARD", False)):
        older = {"fsdp_version": 1, "fsdp_sharding_strategy": first}
        found = chosen(tmp_path, distributed_type="FSDP", fsdp_config=older)
        assert found["runtime.shard"] is shared


def test_the_ways_of_sharing_that_are_ours_are_said(tmp_path: Path) -> None:
    path = tmp_path / "accelerate.yaml"
    path.write_text(yaml.safe_dump({"distributed_type": "FSDP", "fsdp_config": FSDP}))
    (shard,) = [one for one in accelerate_choices(path, "cpu") if one.field == "runtime.shard"]
    assert "accelerate.yaml says distributed_type: FSDP" in shard.reason
    assert "fsdp_auto_wrap_policy" in shard.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mixed_precision": "fp16"}, ['mixed_precision = "fp16"']),
        ({"distributed_type": "MEGATRON_LM"}, ['distributed_type = "MEGATRON_LM"']),
        ({"gpu_ids": "0,1", "machine_rank": 1}, ['gpu_ids = "0,1"', "machine_rank = 1"]),
        ({"dynamo_config": {"dynamo_backend": "INDUCTOR"}}, ["dynamo_config"]),
        ({"fp8_config": {"backend": "TE"}}, ["fp8_config"]),
        ({"num_processes": 0}, ["num_processes = 0"]),
        (
            {
                "distributed_type": "FSDP",
                "fsdp_config": FSDP
                | {"fsdp_offload_params": True, "fsdp_sharding_strategy": "HYBRID_SHARD"},
            },
            ["fsdp_config.fsdp_offload_params", "fsdp_config.fsdp_sharding_strategy"],
        ),
    ],
)
def test_what_cannot_be_honoured_is_named(
    tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    error = refusal(tmp_path, **changes)
    for word in words:
        assert word in error.what
    assert error.why


def test_a_processor_is_asked_for_by_the_recipe(tmp_path: Path) -> None:
    assert chosen(tmp_path, "cpu", distributed_type="MULTI_CPU", use_cpu=True)
    assert "use_cpu" in refusal(tmp_path, "cuda:0", use_cpu=True).what


@pytest.mark.parametrize("name", sorted(one.name for one in fields(ClusterConfig)))
def test_no_field_of_accelerate_is_passed_over_in_silence(tmp_path: Path, name: str) -> None:
    """Whatever its own class has is taken up, known to change nothing, or refused by name."""
    path = tmp_path / "accelerate.yaml"
    path.write_text(yaml.safe_dump({**WRITTEN, name: "odd"}))
    if name in CHANGE_NOTHING | ONLY_WHERE_THERE_ARE_SEVERAL:
        accelerate_choices(path, "cuda:0")
        return
    with pytest.raises(RecipeError, match=name):
        accelerate_choices(path, "cuda:0")


def test_a_zero_stage_is_done_by_shared_weights_and_says_so(tmp_path: Path) -> None:
    inner = {"zero_stage": 3, "zero3_init_flag": True, "offload_param_device": "none"}
    path = tmp_path / "accelerate.yaml"
    path.write_text(yaml.safe_dump({"distributed_type": "DEEPSPEED", "deepspeed_config": inner}))
    found = {one.field: one for one in accelerate_choices(path, "cpu")}
    assert found["runtime.shard"].value is True
    assert "DeepSpeed is not used" in found["runtime.shard"].reason
    none = chosen(tmp_path, distributed_type="DEEPSPEED", deepspeed_config={"zero_stage": 0})
    assert none["runtime.shard"] is False


def test_a_file_of_deepspeed_is_read_beside_it(tmp_path: Path) -> None:
    settings = {
        "bf16": {"enabled": True},
        "fp16": {"enabled": False, "loss_scale": 0, "initial_scale_power": 16},
        "zero_optimization": {"stage": 2, "overlap_comm": True, "reduce_bucket_size": 5e8},
        "gradient_clipping": 0.5,
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "optimizer": {"type": "AdamW", "params": {"lr": "auto", "betas": "auto"}},
    }
    (tmp_path / "zero.json").write_text(json.dumps(settings))
    named = {"deepspeed_config_file": "zero.json"}
    found = chosen(
        tmp_path, distributed_type="DEEPSPEED", deepspeed_config=named, mixed_precision=None
    )
    assert found["runtime.shard"] is True
    assert found["model.dtype"] == "bfloat16"
    assert found["optim.clip"] == 0.5


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"fp16": {"enabled": True}}, "fp16.enabled"),
        ({"train_batch_size": 64}, "train_batch_size"),
        ({"optimizer": {"type": "Lamb"}}, "optimizer.type"),
        ({"optimizer": {"params": {"lr": 0.001}}}, "optimizer.params.lr"),
        ({"zero_optimization": {"offload_param": {"device": "cpu"}}}, "offload_param.device"),
        ({"zero_optimization": {"stage": 7}}, "zero_stage"),
        ({"flops_profiler": {"enabled": True}}, "flops_profiler.enabled"),
    ],
)
def test_what_deepspeed_alone_could_do_is_named(
    tmp_path: Path, settings: dict[str, Any], word: str
) -> None:
    (tmp_path / "zero.json").write_text(json.dumps(settings))
    named = {"deepspeed_config_file": "zero.json"}
    error = refusal(tmp_path, distributed_type="DEEPSPEED", deepspeed_config=named)
    assert word in error.what


@pytest.mark.parametrize("content", ["{", "[1]", None])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "accelerate.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RecipeError, match=r"accelerate\.json"):
        accelerate_choices(path, "cpu")


def resolved(folder: Path, **runtime: object) -> Resolved:
    (folder / "accelerate.yaml").write_text(yaml.safe_dump(WRITTEN))
    recipe = folder / "recipe.yaml"
    says = {"accelerate": "accelerate.yaml", **runtime}
    recipe.write_text(yaml.safe_dump({"name": "x", "data": {"split": "y"}, "runtime": says}))
    return resolve(read_recipe(recipe), Facts(train_rows=9, validation_rows=3))


def test_the_recipe_wins_over_the_file_it_names(tmp_path: Path) -> None:
    assert resolved(tmp_path).recipe.runtime.processes == 4
    assert resolved(tmp_path, processes=2).recipe.runtime.processes == 2
    (why,) = [one.reason for one in resolved(tmp_path).chosen if one.field == "runtime.processes"]
    assert why == "accelerate.yaml says num_processes: 4"


def test_a_resolved_recipe_needs_the_file_no_more(tmp_path: Path) -> None:
    values = resolved(tmp_path).recipe.model_dump(mode="json")
    (tmp_path / "accelerate.yaml").unlink()
    assert make_recipe(values, where="record").runtime.processes == 4
