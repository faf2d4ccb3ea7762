"""How many rows a second Presidio looks through for personal data, in an environment that has it.

Its pattern recognizers run on a blank English pipeline of spaCy: no model looks for names and
places, which would take most of its time. That is the case in which it is fastest.
"""

import json
import subprocess
from collections.abc import Sequence

_ARM = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
import spacy, tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}
    def is_loaded(self):
        return True
engine = Blank()
registry = RecognizerRegistry(supported_languages=["en"])
registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
registry.recognizers = [one for one in registry.recognizers if one.name != "SpacyRecognizer"]
analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
texts = json.load(sys.stdin)
analyzer.analyze(texts[0], language="en")
began = time.process_time()
found = sum(len(analyzer.analyze(text, language="en")) for text in texts)
print(json.dumps({"seconds": time.process_time() - began, "found": found}))
"""


def presidio_rate(python: str, texts: Sequence[str]) -> float:
    """Return rows per CPU second under an interpreter that has presidio-analyzer."""
    done = subprocess.run(
        [python, "-c", _ARM], input=json.dumps(texts), text=True, check=True, capture_output=True
    )
    said = json.loads(done.stdout.splitlines()[-1])
    if not said["found"]:
        raise RuntimeError("Presidio found nothing, so it did not look")
    return len(texts) / float(said["seconds"])
