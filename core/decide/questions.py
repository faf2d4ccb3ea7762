"""The questions of the wizard as data: what is asked, why, and how to find out."""

from dataclasses import dataclass
from typing import get_args

from core.decide.answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; its allowed values are those of the field of `Answers` with the same id."""

    id: str
    """Name of the field in `Answers` and of the key in an answers file."""
    text: str
    """What is asked."""
    why: str
    """What the answer changes."""
    find_out: str
    """How to find out, for somebody who doesn't know."""

    @property
    def allowed(self) -> tuple[str, ...]:
        """Return the words that may be answered; empty when the answer is a number."""
        annotation = Answers.model_fields[self.id].annotation
        return tuple(value for value in get_args(annotation) if isinstance(value, str))

    def as_json(self) -> dict[str, object]:
        """Return the form that `decide --questions --json` prints."""
        return {
            "id": self.id,
            "text": self.text,
            "why": self.why,
            "find_out": self.find_out,
            "allowed": list(self.allowed) or "number",
        }


QUESTIONS = (
    Question(
        id="strong_prompt_tried",
        text="Have you tried a strong prompt with a few examples?",
        why="It is the cheapest thing that could work, and tuning is judged against it.",
        find_out="Write instructions, add 3 to 5 good examples, run 30 real inputs through it.",
    ),
    Question(
        id="strong_prompt_solves",
        text="Is that prompt good enough?",
        why="If it is, nothing else is worth its cost.",
        find_out="Let two people mark the 30 answers: usable as they are, or not.",
    ),
    Question(
        id="needs_private_documents",
        text="Do right answers depend on documents a public model has not read?",
        why="Facts are looked up at answering time; tuning is a poor way to store them.",
        find_out="Check ten good answers: could somebody without your documents have written them?",
    ),
    Question(
        id="knowledge_changes",
        text="How often do the facts behind the answers change?",
        why="A tuned model keeps what it saw until it is trained again.",
        find_out="Look at how often the documents people answer from were edited last year.",
    ),
    Question(
        id="fixed_format_or_tone",
        text="Must every answer keep one format or one tone?",
        why="Form is what tuning teaches best, from few examples.",
        find_out="Lay ten good answers side by side: do they share structure or voice?",
    ),
    Question(
        id="task_kind",
        text="What does the model do with an input?",
        why="Labels, fields and form are learnt well; open questions and reasoning are not.",
        find_out="Name the verb: sort it, pull fields out of it, rewrite it, answer it, solve it.",
    ),
    Question(
        id="complex_reasoning",
        text="Does an answer need several steps of reasoning?",
        why="A small tuned model copies the form of reasoning sooner than the reasoning.",
        find_out="Would a colleague need paper to get from the input to the answer?",
    ),
    Question(
        id="requests_per_day",
        text="How many requests a day do you expect?",
        why="A short prompt to a small tuned model pays off with volume only.",
        find_out="Count yesterday's tickets, documents or calls.",
    ),
    Question(
        id="labelled_examples",
        text="How many pairs of input and good answer exist today?",
        why="Under 50 there is nothing to learn from and nothing left to measure with.",
        find_out="Count the rows you would show a new colleague without correcting them.",
    ),
    Question(
        id="latency_ms",
        text="How long may an answer take, in milliseconds?",
        why="Long prompts and retrieval cost time on every request.",
        find_out="Ask what happens on the screen or in the process while it waits.",
    ),
    Question(
        id="monthly_budget",
        text="What may answering cost a month?",
        why="Divided by the requests it says what one answer may cost.",
        find_out="Take what the work costs today as the upper end.",
    ),
    Question(
        id="regulated",
        text="Does law or contract hold somebody to account for single answers?",
        why="Then a person has to see answers before they count.",
        find_out="Ask whoever signs for the process: health, credit, employment, law, safety?",
    ),
    Question(
        id="data_may_leave",
        text="May prompts and examples be sent to another company?",
        why="If not, hosted models and hosted tuning are out.",
        find_out="Ask data protection; look for personal data in ten rows.",
    ),
    Question(
        id="has_gpu",
        text="Do you have a GPU for training and answering?",
        why="Without one, only small models can be tuned and served by yourself.",
        find_out="`tuningfork doctor` lists what this machine has.",
    ),
    Question(
        id="operations_skill",
        text="How well can your team run a model server day and night?",
        why="A tuned model of your own is a service of your own.",
        find_out="Who is called when it stops answering at night?",
    ),
    Question(
        id="data_rights",
        text="May you train on the examples?",
        why="Licence, contract or consent can forbid it; a model cannot be untrained.",
        find_out="Ask whoever owns the rows what they were collected for.",
    ),
    Question(
        id="personal_data",
        text="Do examples or inputs hold personal data?",
        why="A model can repeat what it was shown; such data is masked before training.",
        find_out="`tuningfork inspect FILE` lists names, addresses and numbers it finds.",
    ),
    Question(
        id="labellers",
        text="How many people can write or correct examples?",
        why="Faults in the rows are faults of the model; somebody has to mend them.",
        find_out="Ask who answers these inputs today, and for how many hours a week.",
    ),
    Question(
        id="raters",
        text="How many people can rate answers without knowing whose they are?",
        why="Only blind ratings tell whether the tuned model is better.",
        find_out="Ask two of those who would use the answers.",
    ),
)
