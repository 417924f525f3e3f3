from __future__ import annotations

import pytest

from qa.question.foreign import foreign
from tests.qa.question.test_small_talk import QUESTIONS

# A language, and the questions in it; the second of each was written after the lists of words.
ASKED = {
    "de": ("Wo finden die nächsten Gespräche statt?", "Warum hat der Minister den Plan abgelehnt?"),
    "fr": ("Qu'est-ce que Lavrov a dit de l'OTAN ?", "Combien de soldats sont à la frontière ?"),
    "es": ("¿Dónde se celebrará la próxima ronda?", "cuando fue la reunion con el alcalde"),
    "it": ("Dove si terranno i prossimi colloqui?", "Chi ha parlato del bilancio?"),
    "pt": ("Onde será a próxima rodada?", "Quantos soldados estão na fronteira?"),
    "nl": ("Waar vinden de gesprekken plaats?", "Wat zei de burgemeester over het dak?"),
    "sv": ("Var hålls nästa samtal?", "Vem sade att taket är trasigt?"),
    "fi": ("Missä seuraavat neuvottelut pidetään?", "Kuka sanoi, että katto ei ole kunnossa?"),
    "hu": ("Hol lesznek a következő tárgyalások?", "Mit mondott a polgármester a tetőről?"),
    "ro": ("Unde va avea loc următoarea rundă?", "Cine este ministrul de externe?"),
    "tr": ("Bir sonraki görüşmeler nerede yapılacak?", "Başkan çatı için ne dedi?"),
    "ru": ("Где пройдут следующие переговоры?", "Что сказал Лавров?"),
    "ar": ("أين ستعقد الجولة القادمة؟", "ماذا قال الوزير؟"),
    "el": ("Πού θα γίνουν οι συνομιλίες;", "Τι είπε ο υπουργός;"),
    "plain": ("次の会談はどこで行われますか？", "Gdzie był minister?"),
}
ENGLISH = (
    "What did De la Cruz say about Los Angeles?",
    "De la Cruz, Los Angeles?",
    "What did she say about “Die Zeit”?",
    "Which die was cast, and who was in?",
    "what did el nino do to la paz",
    "Who is José María Álvarez del Manzano?",
    "Does the word Gemütlichkeit come up?",
    "Что means “what” in which language?",
    "Von der Leyen on NATO",
    "café résumé",
    "42?",
)


@pytest.mark.parametrize(("code", "text"), [(c, t) for c, asked in ASKED.items() for t in asked])
def test_a_language_is_told_by_its_letters_or_its_small_words(code: str, text: str) -> None:
    assert foreign(text) == code


@pytest.mark.parametrize("text", ["Hvad sagde ministeren om taget?", "Hva sa ministeren om taket?"])
def test_danish_and_norwegian_are_not_english(text: str) -> None:
    assert foreign(text) in {"da", "no"}


@pytest.mark.parametrize("text", [*ENGLISH, *QUESTIONS])
def test_english_with_foreign_names_is_english(text: str) -> None:
    assert foreign(text) is None
