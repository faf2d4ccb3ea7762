"""Chat templates of every shape that base models have, and how each must write an answer."""

from dataclasses import dataclass

from transformers import PreTrainedTokenizerFast

from tests.support.tiny_model import tiny_tokenizer

TOOLS_AS_JSON = "{% if tools %}{{ tools | tojson }}{% endif %}"
CALLS_AS_JSON = "{% if m['tool_calls'] %}{{ m['tool_calls'] | tojson }}{% endif %}"


@dataclass(frozen=True)
class Shape:
    """One kind of chat template."""

    template: str
    marks: tuple[str, ...]
    """Tokens of its own."""
    stop: str
    answer: str
    """What is trained for an answer, which stands as {}."""
    one: str = "whole"
    """Strategy for a row with one answer."""
    several: str = "whole"
    """Strategy for a row with several."""
    takes_system: bool = True
    takes_tools: bool = True

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """Return a byte tokenizer that knows the marks."""
        tokenizer = tiny_tokenizer(self.template)
        tokenizer.add_special_tokens({"additional_special_tokens": list(self.marks)})
        tokenizer.eos_token = self.stop
        return tokenizer


CHATML = Shape(
    template="{% if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
    + CALLS_AS_JSON
    + "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    marks=("<|im_start|>", "<|im_end|>"),
    stop="<|im_end|>",
    answer="{}<|im_end|>",
)
BRACKETS = Shape(  # the system's words go into the first question; spaces around everything
    template="{% set ns = namespace(rules='') %}{% for m in messages %}"
    "{% if m.role == 'system' %}{% set ns.rules = '<<SYS>>' + m.content + '<</SYS>> ' %}"
    "{% elif m.role == 'user' %}<s>[INST] {{ ns.rules + m.content.strip() }} [/INST]"
    "{% set ns.rules = '' %}"
    "{% else %} {{ m.content.strip() }} </s>{% endif %}{% endfor %}",
    marks=("<s>", "</s>"),
    stop="</s>",
    answer=" {} </s>",
    takes_tools=False,
)
HEADERS = Shape(
    template="<|begin|>{% for m in messages %}<|head|>{{ m.role }}<|/head|>\n\n"
    "{% if loop.first and tools %}{{ tools | tojson }}\n{% endif %}"
    "{{ m.content | trim if m.content else '' }}" + CALLS_AS_JSON + "<|eot|>{% endfor %}"
    "{% if add_generation_prompt %}<|head|>assistant<|/head|>\n\n{% endif %}",
    marks=("<|begin|>", "<|head|>", "<|/head|>", "<|eot|>"),
    stop="<|eot|>",
    answer="{}<|eot|>",
)
STRICT = Shape(  # knows two roles that must take turns
    template="<bos>{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must take turns and the system has none') }}{% endif %}"
    "<turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}</turn>\n"
    "{% endfor %}{% if add_generation_prompt %}<turn>model\n{% endif %}",
    marks=("<bos>", "<turn>", "</turn>"),
    stop="</turn>",
    answer="{}</turn>",
    takes_system=False,
    takes_tools=False,
)
CALLING = Shape(  # offers its tools before the last question only
    template="<s>{% set ns = namespace(last=-1) %}{% for m in messages %}{% if m.role == 'user' %}"
    "{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages %}{% if m.role == 'user' %}"
    "{% if tools and loop.index0 == ns.last %}[TOOLS]{{ tools | tojson }}[/TOOLS]{% endif %}"
    "[INST]{{ m.content }}[/INST]{% elif m.role == 'system' %}[SYS]{{ m.content }}[/SYS]"
    "{% elif m.role == 'tool' %}[RESULT]{{ m.content }}[/RESULT]"
    "{% elif m.tool_calls %}[CALLS]{{ m.tool_calls | tojson }}</s>"
    "{% else %}{{ m.content }}</s>{% endif %}{% endfor %}",
    marks=("<s>", "</s>", "[INST]", "[/INST]", "[TOOLS]", "[/TOOLS]", "[CALLS]", "[RESULT]"),
    stop="</s>",
    answer="{}</s>",
)
ENDED = Shape(  # ends a finished conversation with one more mark
    template=TOOLS_AS_JSON
    + "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}"
    + CALLS_AS_JSON
    + "<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% else %}<|endoftext|>{% endif %}",
    marks=("<|endoftext|>", "<|tool|>"),
    stop="<|end|>",
    answer="{}<|end|>",
    several="per_turn",
)
FORGETS_THOUGHTS = Shape(  # an empty thought before the last answer, none in what was before
    template="{% if tools %}<|im_start|>tools\n{{ tools | tojson }}<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' %}{% set said = (m.content or '').split('</think>') %}"
    "{% if loop.last %}<think>\n"
    "{{ said[0].replace('<think>', '').strip() if said | length > 1 else '' }}\n</think>\n\n"
    "{% endif %}{{ said[-1].lstrip('\n') }}{% else %}{{ m.content }}{% endif %}"
    + CALLS_AS_JSON
    + "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    marks=("<|im_start|>", "<|im_end|>"),
    stop="<|im_end|>",
    answer="<think>\n\n</think>\n\n{}<|im_end|>",
    several="per_turn",
)
OPENS_A_THOUGHT = Shape(  # the model goes on inside a thought; finished turns never show it
    template="<begin>" + TOOLS_AS_JSON + "{% for m in messages %}{% if m.role == 'assistant' %}"
    "<Assistant>{{ (m.content or '').split('</think>')[-1] }}" + CALLS_AS_JSON + "<eos>"
    "{% else %}<{{ m.role }}>{{ m.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<Assistant><think>\n{% endif %}",
    marks=("<begin>", "<Assistant>", "<user>", "<eos>"),
    stop="<eos>",
    answer="{}<eos>",
    one="stitched",
    several="stitched",
)
MARKED = Shape(
    template=TOOLS_AS_JSON + "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content }}"
    + CALLS_AS_JSON
    + "<|end|>{% endgeneration %}{% else %}{{ m.content }}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}",
    marks=(),
    stop="<|end|>",
    answer="{}<|end|>",
)
SHAPES = {
    "chatml": CHATML,
    "brackets": BRACKETS,
    "headers": HEADERS,
    "strict": STRICT,
    "calling": CALLING,
    "ended": ENDED,
    "forgets-thoughts": FORGETS_THOUGHTS,
    "opens-a-thought": OPENS_A_THOUGHT,
    "marked": MARKED,
}
