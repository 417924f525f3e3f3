"""Closed lists of English words that the checks and the grammars share. Lower case, no stems."""

from __future__ import annotations


def ordered(text: str) -> tuple[str, ...]:
    """Return the words of a list written as text."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words(
    """
    a an the this that these those some any each every either both all most more much many few less
    least several such own other another same
    i me my mine myself you your yours yourself he him his himself she her hers herself it its
    itself we us our ours ourselves they them their theirs themselves one someone somebody anyone
    anybody everyone everybody something anything everything who whom whose which what when where
    why how whoever whatever there here
    and or but so because since although though while whereas if unless until than as whether yet
    of in on at by for with about against between into through during before after above below to
    from up down out off over under again further then once upon within along across behind beyond
    toward towards among around near per via onto like
    am is are was were be been being do does did doing done have has had having will would shall
    should can could may might must ought let
    also too very just only even still already rather quite well now ever almost perhaps maybe
    however therefore thus hence instead otherwise else indeed really actually basically
    said say says saying told tell tells asked ask asks added add adds according
    yes okay ok oh um uh mm hm hmm yeah right
    moreover meanwhile furthermore additionally besides nevertheless nonetheless consequently
    similarly likewise finally lastly firstly secondly thirdly next luckily fortunately
    unfortunately
    overall specifically generally regarding concerning despite according following
    """
)
"""Words that carry no subject of their own: coverage and names leave them out."""

NEGATIONS = _words(
    """
    not no never none nobody nothing nowhere neither nor without cannot hardly scarcely barely
    seldom rarely
    """
)
"""Words that turn a clause around; ``n't`` becomes ``not`` before they are looked up."""

NEGATIVE_VERBS = _words(
    """
    fail fails failed failing lack lacks lacked lacking refuse refuses refused refusing deny denies
    denied denying reject rejects rejected rejecting decline declines declined avoid avoids avoided
    avoiding prevent prevents prevented preventing against unable unlikely impossible unlike
    instead except unless until absent absence doubt doubts doubted disagree disagrees disagreed
    disagreement stop stopped unnecessary unclear uncertain unknown unfamiliar unrealistic ignore
    ignored exclude excluded excluding remove removed drop dropped wrong bad difficult problem
    dislike dislikes disliked badly worse annoying irritating useless stifled restrict restricts
    restricted restricting disaster failure instead lose loses lost
    problems worry worried hard uh-uh useless missing little few insufficient
    """
)
"""Words by which a paraphrase may express a negation, or whose negation it may express."""

OPPOSITES = (
    "accept reject",
    "accept refuse",
    "accept decline",
    "agree disagree",
    "agree deny",
    "confirm deny",
    "admit deny",
    "allow forbid",
    "allow prohibit",
    "allow prevent",
    "allow ban",
    "permit forbid",
    "approve reject",
    "approve disapprove",
    "support oppose",
    "favor oppose",
    "increase decrease",
    "increase reduce",
    "increase decline",
    "raise lower",
    "raise cut",
    "rise fall",
    "rise drop",
    "grow shrink",
    "expand shrink",
    "expand reduce",
    "gain lose",
    "win lose",
    "begin end",
    "start stop",
    "start end",
    "start finish",
    "open close",
    "include exclude",
    "add remove",
    "join leave",
    "arrive leave",
    "arrive depart",
    "come go",
    "enter leave",
    "buy sell",
    "import export",
    "love hate",
    "like dislike",
    "like hate",
    "succeed fail",
    "pass fail",
    "attack defend",
    "push pull",
    "send receive",
    "give take",
    "lend borrow",
    "remember forget",
    "find lose",
    "build destroy",
    "create destroy",
    "encourage discourage",
    "connect disconnect",
    "appear disappear",
    "always never",
    "often rarely",
    "often seldom",
    "everything nothing",
    "something nothing",
    "anything nothing",
    "everyone nobody",
    "someone nobody",
    "everybody nobody",
    "somebody nobody",
    "all none",
    "more less",
    "more fewer",
    "most least",
    "many few",
    "much little",
    "before after",
    "above below",
    "over under",
    "inside outside",
    "with without",
    "for against",
    "up down",
    "high low",
    "higher lower",
    "highest lowest",
    "big small",
    "bigger smaller",
    "biggest smallest",
    "large small",
    "larger smaller",
    "largest smallest",
    "long short",
    "longer shorter",
    "longest shortest",
    "early late",
    "earlier later",
    "fast slow",
    "faster slower",
    "good bad",
    "better worse",
    "best worst",
    "easy hard",
    "easy difficult",
    "easier harder",
    "cheap expensive",
    "cheaper dearer",
    "strong weak",
    "stronger weaker",
    "rich poor",
    "hot cold",
    "warm cold",
    "new old",
    "newer older",
    "young old",
    "younger older",
    "first last",
    "next last",
    "next previous",
    "left right",
    "north south",
    "east west",
    "northern southern",
    "eastern western",
    "male female",
    "positive negative",
    "optimistic pessimistic",
    "possible impossible",
    "able unable",
    "likely unlikely",
    "happy unhappy",
    "happy sad",
    "clear unclear",
    "certain uncertain",
    "legal illegal",
    "necessary unnecessary",
    "important unimportant",
    "safe dangerous",
    "safe unsafe",
    "public private",
    "true false",
    "same different",
    "similar different",
    "success failure",
    "victory defeat",
    "advantage disadvantage",
    "majority minority",
    "maximum minimum",
    "friend enemy",
    "war peace",
    "yes no",
    "yesterday tomorrow",
    "today yesterday",
    "today tomorrow",
    "day night",
    "morning evening",
    "full empty",
    "light dark",
    "light heavy",
    "on off",
    "approval rejection",
    "rise decline",
    "improve worsen",
    "strengthen weaken",
    "can cannot",
)
"""Pairs of words that exclude each other in the same place; they are compared by their stems."""

MONTHS = ordered(
    "january february march april may june july august september october november december"
)
WEEKDAYS = ordered("monday tuesday wednesday thursday friday saturday sunday")
RELATIVE_DAYS = _words("yesterday today tomorrow tonight")
"""A statement that names one needs it in its evidence."""

SAYING = _words(
    """
    say says said saying tell tells told add adds added announce announces announced argue argues
    argued ask asks asked believe believes believed claim claims claimed confirm confirms confirmed
    declare declares declared deny denies denied explain explains explained insist insists insisted
    mention mentions mentioned note notes noted propose proposes proposed report reports reported
    state states stated suggest suggests suggested think thinks thought warn warns warned write
    writes wrote urge urges urged promise promises promised predict predicts predicted reply
    replies replied answer answers answered point points pointed stress stresses stressed
    agree agrees agreed disagree disagrees disagreed feel feels felt want wants wanted hope hopes
    hoped wish wishes wished worry worries worried consider considers considered recommend
    recommends
    recommended emphasize emphasizes emphasized emphasise emphasises emphasised express expresses
    expressed admit admits admitted assume assumes assumed suppose supposes supposed doubt doubts
    doubted expect expects expected prefer prefers preferred raise raises raised introduce
    introduces
    introduced present presents presented describe describes described discuss discusses discussed
    remark remarks remarked comment comments commented conclude concludes concluded maintain
    maintains maintained wonder wonders wondered question questions questioned offer offers offered
    supplement supplements supplemented inform informs informed assure assures assured reveal
    reveals
    revealed inquire inquired recall recalled reiterate reiterated acknowledge acknowledged
    """
)
"""Verbs that make the name before them the one who said or thought it."""

IRREGULAR = {
    "went": "go",
    "gone": "go",
    "goes": "go",
    "did": "do",
    "done": "do",
    "does": "do",
    "was": "be",
    "were": "be",
    "is": "be",
    "are": "be",
    "am": "be",
    "been": "be",
    "being": "be",
    "had": "have",
    "has": "have",
    "said": "say",
    "told": "tell",
    "thought": "think",
    "made": "make",
    "took": "take",
    "taken": "take",
    "gave": "give",
    "given": "give",
    "got": "get",
    "gotten": "get",
    "came": "come",
    "saw": "see",
    "seen": "see",
    "knew": "know",
    "known": "know",
    "found": "find",
    "felt": "feel",
    "kept": "keep",
    "left": "leave",
    "lost": "lose",
    "won": "win",
    "met": "meet",
    "paid": "pay",
    "put": "put",
    "ran": "run",
    "sent": "send",
    "spoke": "speak",
    "spoken": "speak",
    "spent": "spend",
    "stood": "stand",
    "wrote": "write",
    "written": "write",
    "began": "begin",
    "begun": "begin",
    "became": "become",
    "brought": "bring",
    "bought": "buy",
    "built": "build",
    "chose": "choose",
    "chosen": "choose",
    "fell": "fall",
    "fallen": "fall",
    "grew": "grow",
    "grown": "grow",
    "held": "hold",
    "led": "lead",
    "meant": "mean",
    "rose": "rise",
    "risen": "rise",
    "sold": "sell",
    "shown": "show",
    "understood": "understand",
    "forgot": "forget",
    "forgotten": "forget",
    "broke": "break",
    "broken": "break",
    "drew": "draw",
    "drawn": "draw",
    "drove": "drive",
    "driven": "drive",
    "ate": "eat",
    "fought": "fight",
    "flew": "fly",
    "heard": "hear",
    "hid": "hide",
    "laid": "lay",
    "sang": "sing",
    "sat": "sit",
    "slept": "sleep",
    "taught": "teach",
    "threw": "throw",
    "thrown": "throw",
    "wore": "wear",
    "worn": "wear",
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "people",
    "better": "better",
    "worse": "worse",
    "shrank": "shrink",
    "denied": "deny",
    "lent": "lend",
    "beat": "beat",
    "shot": "shoot",
    "forbade": "forbid",
    "forbidden": "forbid",
}
"""Forms that the stemmer doesn't bring together with their base."""

_REGULAR = ordered(
    """
    accept achieve act add admit advise affect agree aim allow announce answer appear apply approve
    argue arrange arrive ask assume attack attend avoid ban base believe belong blame borrow call
    cancel care carry cause change charge check claim clean close collect compare complain complete
    concern confirm connect consider consist contain continue control cook copy cost count cover
    create criticize cross cry decide declare decline defeat defend deliver demand deny depend
    describe deserve design destroy develop die disagree discover discuss doubt drop earn employ
    enable encourage end enjoy ensure enter establish exist expand expect explain express face fail
    finish fit focus follow force form found gain handle happen hate help hope host hurt identify
    ignore impose improve include increase indicate influence inform insist intend introduce invade
    invest invite involve join judge jump kill lack last laugh launch lie like limit link listen
    live
    look love maintain manage mark matter mention mind miss move need negotiate note notice obtain
    occur offer open operate oppose order organize own pass perform permit pick plan play point
    prefer prepare present press prevent produce promise promote propose protect prove provide
    publish pull push question raise reach realize receive recognize recommend record reduce refer
    reflect refuse regard reject relate release remain remember remove repeat replace reply report
    represent request require resign respond result return reveal save seem separate serve settle
    share shout sign smile solve sound start state stay step stop study succeed suffer suggest
    supply support suppose surround survive talk taste tend thank threaten touch train travel treat
    try turn urge use visit vote wait walk want warn wash watch wish wonder work worry
    """
)
"""Common regular verbs: what a sentence can stand on."""


def _inflected(verb: str) -> tuple[str, ...]:
    if verb.endswith("e"):
        return (verb, verb + "s", verb + "d")
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return (verb, verb[:-1] + "ies", verb[:-1] + "ied")
    doubled = verb + verb[-1] + "ed"
    ending = "es" if verb.endswith(("s", "sh", "ch", "x")) else "s"
    return (verb, verb + ending, verb + "ed", doubled)


_NO_VERBS = _words("men women children people better worse being been gone done taken given seen")
VERBS = frozenset(
    (
        *(form for verb in _REGULAR for form in _inflected(verb)),
        *(form for pair in IRREGULAR.items() for form in pair),
        *(base + "s" for base in IRREGULAR.values()),
        *SAYING,
        *ordered("will would shall should can could may might must 's 're"),
    )
) - (_NO_VERBS | _words("saying man woman child be"))
"""Forms that can be the verb of a main clause."""
