"""How to tune: the method, the base model and the services, for answers and machines."""

from datetime import date
from typing import Any

import pytest

from core.catalog.tuning_offers import Service, services, tunable_models
from core.decide.answers import Answers
from core.decide.method import MethodAdvice, Room, advise_method, room_of
from core.machine import Gpu, Machine

TODAY = date(2026, 11, 21)
GB = 2**30


def _advise(free: float, *, gpu: bool = True, **answers: Any) -> MethodAdvice:
    room = Room(gpu, int(free * GB), "a device")
    return advise_method(
        Answers(**answers), room, models=tunable_models(), services=services(), today=TODAY
    )


@pytest.mark.parametrize(
    ("free", "gpu", "answers", "method", "base"),
    [
        (80, True, {"data_may_leave": "no"}, "lora", "Qwen/Qwen3-8B"),
        (24, True, {"data_may_leave": "no"}, "qlora", "Qwen/Qwen3-8B"),
        (300, True, {"data_may_leave": "no", "labelled_examples": 20_000}, "full", "Qwen/Qwen3-8B"),
        (300, True, {"data_may_leave": "no", "labelled_examples": 9_999}, "lora", "Qwen/Qwen3-8B"),
        (16, False, {"data_may_leave": "no"}, "lora", "Qwen/Qwen3-0.6B"),
        (1, False, {"data_may_leave": "no"}, None, None),
        (16, False, {"data_may_leave": "yes"}, "hosted", None),
        (80, True, {"data_may_leave": "yes", "operations_skill": "none"}, "hosted", None),
        (80, True, {"data_may_leave": "yes", "operations_skill": "some"}, "lora", "Qwen/Qwen3-8B"),
        (80, True, {}, "lora", "Qwen/Qwen3-8B"),
    ],
)
def test_the_method_follows_from_the_answers_and_the_machine(
    free: float, gpu: bool, answers: dict[str, Any], method: str | None, base: str | None
) -> None:
    advised = _advise(free, gpu=gpu, **answers)
    assert (advised.method, advised.base) == (method, base), [one.words for one in advised.models]
    assert advised.reasons


def test_nothing_is_sent_away_before_it_is_known_that_it_may_be() -> None:
    for leave in ("no", "unknown"):
        for skill in ("none", "some", "strong", "unknown"):
            advised = _advise(1, gpu=False, data_may_leave=leave, operations_skill=skill)
            assert advised.method != "hosted"
    assert _advise(1, data_may_leave="no").services == ()
    assert _advise(1, data_may_leave="no").open_services == ()
    assert _advise(1).open_services == ("Together", "Fireworks")


def test_more_memory_never_leads_to_a_smaller_model() -> None:
    sizes = []
    for free in (2, 4, 8, 16, 24, 48, 80, 200):
        base = _advise(free, data_may_leave="no").base
        sizes.append(next((one.parameters for one in _advise(1).models if one.name == base), 0))
    assert sizes == sorted(sizes)


def test_sizes_are_those_the_models_are_named_for() -> None:
    named = {one.name: one.parameters for one in _advise(1).models}
    assert named["Qwen/Qwen3-8B"] == pytest.approx(8.19e9, rel=0.01)
    assert named["Qwen/Qwen3-4B"] == pytest.approx(4.02e9, rel=0.01)
    assert named["Qwen/Qwen3-0.6B"] == pytest.approx(0.596e9, rel=0.01)
    assert named["HuggingFaceTB/SmolLM2-1.7B-Instruct"] == pytest.approx(1.71e9, rel=0.01)


def test_who_takes_new_customers_depends_on_the_day() -> None:
    closing = next(one for one in services() if one.name == "OpenAI")
    assert not closing.open_to_new(TODAY)
    assert "takes no new customers, last job 2027-01-05" in closing.words(TODAY)
    assert "closed, last job 2027-01-05" in closing.words(date(2027, 1, 6))
    assert "ends 2027-01-14 (in 54 days)" in closing.words(TODAY)
    assert "ends 2027-01-14 (passed)" in closing.words(date(2027, 1, 14))
    ending = Service(
        name="S",
        takes_new_customers="yes",
        last_job=TODAY,
        note="n",
        as_of="2026-11",
        read=TODAY,
        sources=("s",),
    )
    assert ending.open_to_new(TODAY)
    assert not ending.open_to_new(date(2026, 11, 22))


def test_every_service_says_where_and_when_it_was_read() -> None:
    for service in services():
        assert all(source.startswith("https://") for source in service.sources)
        assert service.read <= TODAY
        assert f"read {service.read}" in service.words(TODAY)
    assert not any(one.open_to_new(TODAY) for one in services() if one.name == "Cohere")


def test_the_roomiest_gpu_is_taken_and_memory_where_there_is_none() -> None:
    def machine(*gpus: Gpu) -> Machine:
        return Machine(
            host="h",
            system="s",
            python="3",
            cores=2,
            memory_total=9 * GB,
            memory_available=7 * GB,
            disk_free=GB,
            gpus=gpus,
            gpu_note="",
        )

    full = Gpu(index=0, name="A", memory_total=80 * GB, memory_used=79 * GB)
    free = Gpu(index=1, name="B", memory_total=24 * GB, memory_used=0)
    assert room_of(machine(full, free))[:2] == (True, 24 * GB)
    assert room_of(machine())[:2] == (False, 7 * GB)
