"""Text → the language it is written in, where that isn't English.

The models read English. Other scripts are told by their letters, languages in Latin letters by
the words that carry their grammar; names and titles ("De la Cruz", "Die Zeit") aren't enough.
"""

from __future__ import annotations

import re
from collections import Counter

from index.text.languages import PLAIN, STEMMERS
from qa.question.features import STOPWORDS

_WORD = re.compile(r"[^\W\d_]+")

# Letters by code point: the code that transcripts in that script state most often, as
# ``index.text.languages`` knows it. Scripts without a stemmer are told apart from English alone.
_SCRIPTS = (
    (0x0370, 0x03FF, "el"),
    (0x0400, 0x052F, "ru"),
    (0x0530, 0x05FF, PLAIN),
    (0x0600, 0x077F, "ar"),
    (0x0780, 0x0B7F, PLAIN),
    (0x0B80, 0x0BFF, "ta"),
    (0x0C00, 0x1CFF, PLAIN),
    (0x2E80, 0x9FFF, PLAIN),
    (0xAC00, 0xD7AF, PLAIN),
)

# The words without which hardly a question or sentence is made; what is an English word too, as
# "was", "die", "comment" or "come" are, stands in the second list or in none.
_TELLING = {
    "da": "hvad hvem hvor hvornår hvorfor hvordan hvilken hvilket er ikke blev siger sagde skal",
    "de": "wer wie wo wann warum wieso weshalb welche welcher welches wem wen ist sind wurde "
    "wurden haben hatte hatten sagte sagt wird werden kann soll nicht gibt gesagt worum können",
    "es": "qué quién quiénes cuándo cuál cuáles cómo dónde cuánto cuántos cuántas quien cuando "
    "cual donde cuanto cuantos porqué dijo dijeron está están fue fueron hay habrá será tiene",
    "fi": "mitä mikä missä milloin miksi kuka kuinka miten ketkä oli ovat ei mihin paljonko",
    "fr": "qui quoi quand où pourquoi quel quelle quels quelles combien est sont été était "
    "ont dit sera seront avait était",
    "hu": "mit mikor hol miért hogyan ki kik milyen melyik mennyi hány volt van lesz nem mondta",
    "it": "chi cosa quando dove perché quale quali quanto quanti è sono stato stata detto ha hanno "
    "che sarà perche",
    "nl": "wie wat waar wanneer waarom hoe welke welk hoeveel zijn werd werden wordt hebben heeft "
    "zei niet",
    "no": "hva hvem hvor når hvorfor hvordan hvilken hvilket er ikke ble sier sa skal",
    "pl": "kto gdzie kiedy dlaczego jak jest są był była było czy ile który która które jaki jakie",
    "pt": "quem quando onde quê quais quanto quantos foi foram são está estão disse disseram será "
    "tem não você",
    "ro": "cine când unde ce cum câte câți este sunt fost spus va era au",
    "sv": "vad vem var när varför hur vilken vilket vilka är inte blev säger sade ska skall",
    "tr": "ne kim nerede nasıl niçin neden hangi kaç değil mi mı mu zaman dedi nedir",
}
_COMMON = {
    "da": "og det den de der som på til med af en et for jeg du vi",
    "de": "der die das den dem des ein eine einen einem einer und zu zum zur von vom mit auf für "
    "bei im am nächste was ich sie wir über es ging",
    "es": "el la los las un una de del en y por para con se su sobre lo al que",
    "fi": "ja on se että hän he ne tämä kun sanoi seuraava",
    "fr": "le la les un une des du de et en dans pour par sur au aux se ce cette que avec il elle "
    "ils prochaine comment",
    "hu": "a az egy és hogy ez is meg következő",
    "it": "il lo la gli le un una di del della dei in e per con su si al nel prossimo",
    "nl": "de het een en van in op te met voor aan dat die er ik je",
    "no": "og det den de som på til med av en et for jeg du vi",
    "pl": "i w z na do się nie o od po przez dla oraz że co to",
    "pt": "o a os as um uma de do da dos das em no na e por para com se sobre que ao",
    "ro": "și la în pe cu de din un o al a le despre urma",
    "sv": "och det den de som på till med av en ett för jag du vi",
    "tr": "bir ve bu şu ile için da de sonra kadar",
}
_LISTS = {
    code: (frozenset(_TELLING[code].split()), frozenset(_COMMON[code].split())) for code in _TELLING
}

# A text of this many words or fewer may be foreign by one telling word ("Warum?", "Wer sagte"), as
# may one with letters that English lacks.
_SHORT = 2


def foreign(text: str) -> str | None:
    """Return the code of the language of a text that isn't English; None for English.

    ``PLAIN`` stands for a language without a stemmer; where nothing can be told, it is English.
    """
    letters = Counter(_script(character) for character in text if character.isalpha())
    script, most = letters.most_common(1)[0] if letters else (None, 0)
    if script is not None and most > letters[None]:
        return script
    # What begins with a capital is a name, unless it begins the text.
    words = [
        word.lower()
        for n, word in enumerate(_WORD.findall(text))
        if n == 0 or not word[0].isupper()
    ]
    said = set(words)
    english = len(said & STOPWORDS)
    total, code = max((_score(said, code), code) for code in _LISTS)
    if total <= english:
        return None
    if total == 1 and len(words) > _SHORT and "".join(words).isascii():
        return None
    return code if code in STEMMERS else PLAIN


def _score(said: set[str], code: str) -> int:
    """Return how many different words of a language a text has; 0 without a telling one."""
    telling, common = _LISTS[code]
    found = len(said & telling)
    return found + len(said & common) if found else 0


def _script(letter: str) -> str | None:
    point = ord(letter)
    return next((code for first, last, code in _SCRIPTS if first <= point <= last), None)
