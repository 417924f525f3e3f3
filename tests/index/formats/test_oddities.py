"""What real files have in them, and what is made of it."""

from __future__ import annotations

import json

import pytest

from index.errors import RefusedSource
from index.formats import read_transcripts
from index.records import Source, Transcript
from index.text.sentences import split_sentences
from tests.index.formats.builders import read_one, said


def vtt(*cues: tuple[str, str, str]) -> Transcript:
    blocks = [f"{start} --> {end}\n{words}" for start, end, words in cues]
    return read_one("WEBVTT\n\n" + "\n\n".join(blocks) + "\n")


def srt(*cues: tuple[str, str, str]) -> Transcript:
    return read_one(
        "\n".join(
            f"{at}\n{start},000 --> {end},000\n{words}\n"
            for at, (start, end, words) in enumerate(cues, start=1)
        )
    )


def times(transcript: Transcript) -> list[tuple[int | None, int | None]]:
    return [(turn.start_ms, turn.end_ms) for turn in transcript.turns]


def refused(text: str, source_format: str | None = None) -> RefusedSource:
    with pytest.raises(RefusedSource) as caught:
        read_transcripts(Source("a", text.encode(), source_format=source_format))
    return caught.value


def test_overlapping_cues_stay_whole_in_the_order_of_their_start() -> None:
    transcript = vtt(
        ("00:01.000", "00:09.000", "<v Ana>I was going to say"),
        ("00:03.000", "00:04.000", "<v Ben>Right."),
    )
    assert said(transcript) == [("Ana", "I was going to say"), ("Ben", "Right.")]
    assert times(transcript) == [(1000, 9000), (3000, 4000)]


def test_cues_out_of_order_are_put_in_order_of_time() -> None:
    transcript = vtt(
        ("00:05.000", "00:06.000", "<v Ana>goes the story."),
        ("00:01.000", "00:02.000", "<v Ana>So"),
    )
    assert said(transcript) == [("Ana", "So goes the story.")]
    assert times(transcript) == [(1000, 6000)]


def test_one_cue_with_two_speakers_is_two_turns_with_the_cues_times() -> None:
    transcript = vtt(("00:01.000", "00:04.000", "<v Ana>Really?</v>\n<v Ben>Really.</v>"))
    assert said(transcript) == [("Ana", "Really?"), ("Ben", "Really.")]
    assert times(transcript) == [(1000, 4000), (1000, 4000)]


def test_two_dashes_in_a_cue_are_two_nameless_turns() -> None:
    transcript = srt(("00:00:01", "00:00:04", "- Is it far?\n- Not at all."))
    assert said(transcript) == [(None, "Is it far?"), (None, "Not at all.")]


def test_a_minus_is_no_dash() -> None:
    assert said(srt(("00:00:01", "00:00:04", "-5 degrees"))) == [(None, "-5 degrees")]


def test_dash_labels_and_chevrons_name_the_speaker() -> None:
    transcript = srt(
        ("00:00:01", "00:00:04", "- ANA: Is it far?\n- BEN: Not at all."),
        ("00:00:05", "00:00:06", ">> ANA: Good."),
        ("00:00:07", "00:00:08", ">> Very good."),
    )
    assert said(transcript) == [
        ("ANA", "Is it far?"),
        ("BEN", "Not at all."),
        ("ANA", "Good."),
        (None, "Very good."),
    ]


def test_a_name_after_a_dash_above_its_words_is_a_label() -> None:
    transcript = srt(("00:00:01", "00:00:04", "- MAYNES\nWell, yes."))
    assert said(transcript) == [("MAYNES", "Well, yes.")]
    transcript = srt(("00:00:01", "00:00:04", "- STOP\nRIGHT THERE"))
    assert said(transcript) == [(None, "STOP RIGHT THERE")]


def test_in_captions_all_in_capitals_a_label_needs_more_than_capitals() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "ANA: WE CLOSE IT IN JUNE."),
        ("00:00:02", "00:00:03", "BEN: AND YOU TOLD HIM SO?"),
        ("00:00:03", "00:00:04", "ANA: I DID TELL HIM."),
        ("00:00:04", "00:00:05", "BEN: AND THEN."),
        ("00:00:05", "00:00:06", "ANA: HE SAID"),
        ("00:00:06", "00:00:07", "THE SAME WORD: NO NO NO."),
    )
    assert said(transcript)[-1] == ("ANA", "HE SAID THE SAME WORD: NO NO NO.")
    assert said(srt(("00:00:01", "00:00:02", "HE SAID: NO"))) == [(None, "HE SAID: NO")]


def test_a_change_of_speaker_inside_a_sentence_keeps_both_parts_apart() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "ANA: I think we should"),
        ("00:00:02", "00:00:03", "BEN: stop."),
    )
    assert said(transcript) == [("ANA", "I think we should"), ("BEN", "stop.")]


def test_a_sentence_over_several_cues_is_one_with_the_times_of_its_cues() -> None:
    transcript = srt(
        ("00:00:01", "00:00:03", "ANA: We close the bridge\nin June, and"),
        ("00:00:03", "00:00:05", "open it in May. Then"),
        ("00:00:05", "00:00:07", "we rest."),
    )
    assert said(transcript) == [
        ("ANA", "We close the bridge in June, and open it in May. Then we rest.")
    ]
    first, second = split_sentences(transcript)
    assert (first.start_ms, first.end_ms) == (1000, 5000)
    assert (second.start_ms, second.end_ms) == (3000, 7000)


def test_after_a_full_stop_a_cue_without_label_is_nobodys() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "ANA: We rest."),
        ("00:00:02", "00:00:03", "ANA: In May."),
        ("00:00:03", "00:00:04", "Says who?"),
    )
    assert said(transcript) == [("ANA", "We rest. In May."), (None, "Says who?")]


def test_where_labels_mark_changes_only_they_hold_until_the_next() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "ANA: We rest."),
        ("00:00:02", "00:00:03", "In May."),
        ("00:00:03", "00:00:04", "BEN: Says who?"),
        ("00:00:04", "00:00:05", "ANA: Me."),
    )
    assert said(transcript) == [("ANA", "We rest. In May."), ("BEN", "Says who?"), ("ANA", "Me.")]


@pytest.mark.parametrize("words", ["He said: no", "Remember: no means no", "And then: silence"])
def test_speech_that_looks_like_a_label_is_speech(words: str) -> None:
    assert said(srt(("00:00:01", "00:00:02", words))) == [(None, words)]
    assert said(read_one(f"{words}\nINSKEEP: OK.\nMAYNES: Yes."))[0] == (None, words)


def test_times_above_100_hours_are_read() -> None:
    transcript = vtt(("123:00:01.000", "1000:00:02.500", "Still here."))
    assert times(transcript) == [(442_801_000, 3_600_002_500)]


def test_impossible_times_are_refused_with_their_line() -> None:
    error = refused("WEBVTT\n\n00:61:00.000 --> 00:62:00.000\nHi\n")
    assert (error.code, error.line) == ("webvtt", 3)
    error = refused("1\n00:00:01,000 --> soon\nHi\n", "srt")
    assert (error.code, error.line) == ("srt", 2)


def test_an_end_before_its_start_falls_on_the_start() -> None:
    assert times(vtt(("00:05.000", "00:01.000", "Hi."))) == [(5000, 5000)]


def test_empty_cues_are_left_out() -> None:
    transcript = vtt(
        ("00:01.000", "00:02.000", ""),
        ("00:02.000", "00:03.000", "<v Ana></v>"),
        ("00:03.000", "00:04.000", "<v Ana>Hi."),
    )
    assert said(transcript) == [("Ana", "Hi.")]


def test_a_file_of_empty_cues_is_refused() -> None:
    assert refused("WEBVTT\n\n00:01.000 --> 00:02.000\n\n").code == "no_turns"
    assert refused("WEBVTT\n").code == "no_turns"


def test_mixed_encodings_are_refused_where_the_second_begins() -> None:
    data = b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + "Köln\n".encode() + "Köln\n".encode("cp1252")
    with pytest.raises(RefusedSource) as caught:
        read_transcripts(Source("a", data))
    assert (caught.value.code, caught.value.line) == ("encoding", 5)


def test_a_blank_line_inside_a_cue_loses_no_words() -> None:
    assert said(read_one("WEBVTT\n\n00:01.000 --> 00:04.000\nOne\n\ntwo.\n"))[0][1] == "One two."
    assert said(read_one("1\n00:00:01,000 --> 00:00:02,000\nOne\n\ntwo.\n"))[0][1] == "One two."


def test_notes_styles_and_identifiers_are_nobodys_words() -> None:
    transcript = read_one(
        "WEBVTT\n\nNOTE hidden --> from view\n\nintro\n00:01.000 --> 00:02.000\nOne\n\n"
        "NOTE\nnobody says this\n\nSTYLE\n::cue { color: red }\n\n2\n"
        "00:02.000 --> 00:03.000\ntwo.\n"
    )
    assert said(transcript) == [(None, "One two.")]


def test_the_head_of_a_vtt_file_states_what_it_is() -> None:
    transcript = read_one(
        "WEBVTT\nKind: captions\nLanguage: en\nTitle: Town hall\nDate: 2024-05-17\n\n"
        "00:01.000 --> 00:02.000\nHi.\n"
    )
    metadata = transcript.metadata
    assert (metadata.title, metadata.date, metadata.language) == ("Town hall", "2024-05-17", "en")


def test_vtt_markup_goes_and_what_merely_looks_like_it_stays() -> None:
    transcript = vtt(("00:01.000", "00:02.000", "<i.loud>a</i> &lt;b&gt; x < y &amp; <what> ever"))
    assert said(transcript) == [(None, "a <b> x < y & <what> ever")]


def test_srt_looks_go_and_other_brackets_stay() -> None:
    transcript = srt(("00:00:01", "00:00:02", "{\\an8}<i>Hi</i> <3 [applause] &amp;"))
    assert said(transcript) == [(None, "Hi <3 [applause] &amp;")]


def test_rolling_captions_are_folded() -> None:
    transcript = vtt(
        ("00:01.000", "00:03.000", " \nso welcome<00:01.500><c> back</c><00:02.000><c> to</c>"),
        ("00:03.000", "00:03.010", "so welcome back to\n "),
        (
            "00:03.010",
            "00:05.000",
            "so welcome back to\nthe<00:03.400><c> late</c><00:04.000><c> show</c>",
        ),
        ("00:05.000", "00:05.010", "the late show\n "),
        ("00:05.010", "00:07.000", "the late show\ntonight"),
    )
    assert said(transcript) == [(None, "so welcome back to the late show tonight")]
    words = [
        (transcript.text[word.char_start : word.char_end], word.start_ms, word.end_ms)
        for word in transcript.turns[0].words
    ]
    assert words[1] == ("back", 1500, 2000)
    assert words[3:6] == [("the", 3010, 3400), ("late", 3400, 4000), ("show", 4000, 5000)]
    assert words[-1] == ("tonight", 5010, 7000)


def test_growing_captions_are_folded() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "so"),
        ("00:00:02", "00:00:03", "so welcome"),
        ("00:00:03", "00:00:04", "so welcome back"),
    )
    assert said(transcript) == [(None, "so welcome back")]


def test_people_who_repeat_themselves_are_not_folded() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "No."),
        ("00:00:02", "00:00:03", "No."),
        ("00:00:03", "00:00:04", "No way."),
        ("00:00:04", "00:00:05", "That is what I said."),
    )
    assert said(transcript) == [(None, "No. No. No way. That is what I said.")]


def test_nameless_captions_break_at_a_pause() -> None:
    transcript = srt(
        ("00:00:01", "00:00:02", "One."),
        ("00:00:03", "00:00:04", "Two."),
        ("00:00:09", "00:00:10", "Three."),
    )
    assert said(transcript) == [(None, "One. Two."), (None, "Three.")]


def test_chinese_captions_join_without_spaces() -> None:
    transcript = srt(("00:00:01", "00:00:02", "今天天气"), ("00:00:02", "00:00:03", "很好。"))
    assert said(transcript) == [(None, "今天天气很好。")]


def test_word_times_reach_the_sentences() -> None:
    words = [("Hello", 0.5, 0.9), ("there.", 1.0, 1.4), ("Good", 2.0, 2.2), ("bye.", 2.2, 2.6)]
    segment = {
        "start": 0,
        "end": 3,
        "text": " Hello there. Good bye.",
        "words": [{"word": f" {w}", "start": a, "end": b} for w, a, b in words],
    }
    first, second = split_sentences(read_one(json.dumps({"segments": [segment]})))
    assert (first.start_ms, first.end_ms) == (500, 1400)
    assert (second.start_ms, second.end_ms) == (2000, 2600)


def test_a_segment_is_divided_where_its_words_change_speaker() -> None:
    def word(text: str, at: float, speaker: str) -> dict[str, object]:
        return {"word": text, "start": at, "end": at + 0.5, "speaker": speaker}

    segment = {
        "start": 0,
        "end": 4,
        "text": " Is it 20? Yes, it is.",
        "speaker": "SPEAKER_00",
        "words": [
            word("Is", 0, "SPEAKER_00"),
            word("it", 1, "SPEAKER_00"),
            {"word": "20?"},
            word("Yes,", 2, "SPEAKER_01"),
            word("it", 3, "SPEAKER_01"),
            word("is.", 3.5, "SPEAKER_01"),
        ],
    }
    transcript = read_one(json.dumps({"segments": [segment], "language": "en"}))
    assert said(transcript) == [("SPEAKER_00", "Is it 20?"), ("SPEAKER_01", "Yes, it is.")]
    assert times(transcript) == [(0, 1500), (2000, 4000)]
    assert transcript.metadata.language == "en"


def test_engines_numbers_become_speakers_with_a_name() -> None:
    element = {"type": "text", "value": "Hi", "ts": 0.0, "end_ts": 0.5}
    transcript = read_one(json.dumps({"monologues": [{"speaker": 0, "elements": [element]}]}))
    assert said(transcript) == [("Speaker 0", "Hi")]


def test_rev_clock_times_and_punctuation() -> None:
    elements = [
        {
            "type": "text",
            "value": "Hi",
            "timestamp": "00:00:01,500",
            "end_timestamp": "00:00:02,000",
        },
        {"type": "punct", "value": ", "},
        {
            "type": "text",
            "value": "you",
            "timestamp": "00:00:02,000",
            "end_timestamp": "00:00:02,500",
        },
        {"type": "punct", "value": "."},
    ]
    transcript = read_one(json.dumps({"monologues": [{"speaker": 3, "elements": elements}]}))
    assert said(transcript) == [("Speaker 3", "Hi, you.")]
    assert times(transcript) == [(1500, 2500)]


def test_aws_punctuation_speakers_by_segment_and_channels() -> None:
    def item(content: str, start: str | None) -> dict[str, object]:
        kind = "pronunciation" if start else "punctuation"
        times = {"start_time": start, "end_time": str(float(start) + 0.4)} if start else {}
        return {"type": kind, "alternatives": [{"content": content}], **times}

    items = [item("Hello", "0.0"), item(".", None), item("Yes", "1.0"), item("?", None)]
    segments = [
        {
            "speaker_label": f"spk_{at}",
            "items": [{"start_time": f"{at}.0", "speaker_label": f"spk_{at}"}],
        }
        for at in (0, 1)
    ]
    results = {"items": items, "speaker_labels": {"segments": segments}}
    transcript = read_one(json.dumps({"jobName": "j", "results": results}))
    assert said(transcript) == [("spk_0", "Hello."), ("spk_1", "Yes?")]

    channels = [
        {"channel_label": "ch_0", "items": items[2:]},
        {"channel_label": "ch_1", "items": items[:2]},
    ]
    results = {"items": items, "channel_labels": {"channels": channels}}
    transcript = read_one(json.dumps({"results": results}))
    assert said(transcript) == [("ch_1", "Hello."), ("ch_0", "Yes?")]


def test_deepgram_words_alone_are_joined() -> None:
    words = [
        {"word": "hi", "punctuated_word": "Hi.", "start": 0.0, "end": 0.4, "speaker": 0},
        {"word": "yes", "punctuated_word": "Yes,", "start": 0.5, "end": 0.9, "speaker": 1},
        {"word": "me", "punctuated_word": "me.", "start": 0.9, "end": 1.2, "speaker": 1},
    ]
    best = {"alternatives": [{"transcript": "hi yes me", "words": words}]}
    transcript = read_one(json.dumps({"results": {"channels": [best]}}))
    assert said(transcript) == [("Speaker 0", "Hi."), ("Speaker 1", "Yes, me.")]


def test_ttml_offsets_frames_and_timed_spans() -> None:
    transcript = read_one(
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
        'ttp:frameRate="25"><body begin="10s"><div><p begin="00:00:01:05" dur="2.8s">'
        "One<br/>two</p>"
        '<p><span begin="5s" end="5.5s">three</span> <span begin="5500ms" end="6s">four.</span></p>'
        "</div></body></tt>"
    )
    assert said(transcript) == [(None, "One two three four.")]
    assert times(transcript) == [(11_200, 16_000)]
    words = [
        (transcript.text[w.char_start : w.char_end], w.start_ms) for w in transcript.turns[0].words
    ]
    assert words[-2:] == [("three", 15_000), ("four.", 15_500)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('<tt>\n<body><p begin="0s" end="1s">a</p>\n</tt>', 3),
        ('<tt>\n<body>\n<p begin="noon" end="1s">a</p></body></tt>', 3),
        ("<tt>\n<body>\n<p>a</p></body></tt>", 3),
        ("<tt>\n" + "<div>" * 100, 2),
    ],
)
def test_broken_ttml_is_refused_with_its_line(text: str, line: int) -> None:
    error = refused(text)
    assert (error.code, error.line) == ("ttml", line)


def test_ttml_with_a_document_type_is_refused() -> None:
    text = '<!DOCTYPE tt [<!ENTITY a "aaaa">]>\n<tt><body><p>&a;</p></body></tt>'
    assert refused(text, "ttml").code == "ttml"


def test_names_beside_a_time_in_text() -> None:
    transcript = read_one(
        "Ana Ruiz (00:01:02): Is it far?\n[00:01:05] Ben: Not at all.\n(1:06) He said: no\n"
    )
    assert said(transcript) == [
        ("Ana Ruiz", "Is it far?"),
        ("Ben", "Not at all."),
        (None, "He said: no"),
    ]
    assert times(transcript) == [(62_000, None), (65_000, None), (66_000, None)]


def test_labels_above_paragraphs_own_them() -> None:
    transcript = read_one("Ana Ruiz (0:02)\nIs it far?\nVery?\n\nBen (0:05)\nNot at all.\n")
    assert said(transcript) == [("Ana Ruiz", "Is it far?\nVery?"), ("Ben", "Not at all.")]


def test_wrapped_paragraphs_belong_to_the_label_they_begin_with() -> None:
    transcript = read_one("ANA: Is it\nfar?\n\nBEN: Not at\nall.\n\nSilence.\n")
    assert said(transcript) == [
        ("ANA", "Is it\nfar?"),
        ("BEN", "Not at\nall."),
        (None, "Silence."),
    ]


def test_mixed_case_labels_are_believed_where_most_lines_have_one() -> None:
    transcript = read_one("Ana: Is it far?\nBen: Not at all.\nAna: Good.\nSilence.\n")
    assert [who for who, _ in said(transcript)] == ["Ana", "Ben", "Ana", None]


def test_older_broadcast_labels() -> None:
    transcript = read_one(
        "NEAL CONAN, host: Hi.\nMr. LOVATO (Writer): Hello.\nUnidentified Man: Hey.\n"
    )
    assert [who for who, _ in said(transcript)] == [
        "NEAL CONAN, host",
        "Mr. LOVATO (Writer)",
        "Unidentified Man",
    ]


def test_markdown_headings_and_rules_are_in_no_turn() -> None:
    transcript = read_one(
        "# Town hall\n\n**Ana:** Is it *far*?\n\n---\n\n**Ben** (00:02): No.\n\n"
        "## Part 2\n\nApplause.\n"
    )
    assert transcript.metadata.title == "Town hall"
    assert said(transcript) == [("Ana", "Is it *far*?"), ("Ben", "No."), (None, "Applause.")]
    assert transcript.turns[1].start_ms == 2000


def test_json_of_no_known_shape_is_refused_and_not_read_as_speech() -> None:
    assert refused('{"hello": "world"}').code == "unknown_json"
    assert refused("[]").code == "unknown_json"
    error = refused('{"segments": [\n{"text": "a" "b"}]}')
    assert (error.code, error.line) == ("json", 2)


def test_lists_of_different_lengths_are_refused() -> None:
    error = refused('{"utt": ["a", "b"],\n"speaker": ["A"]}')
    assert error.code == "json"
    assert "1 speakers for 2 utterances" in error.detail


def test_a_value_of_the_wrong_kind_is_named_with_its_line() -> None:
    error = refused('{"segments": [\n{"text": "a", "start": 0},\n{"text": "b",\n"start": -1}]}')
    assert (error.code, error.line) == ("json", 4)
    assert "segments.1.start" in error.detail


def test_an_array_of_transcripts_is_read_one_by_one() -> None:
    one = {"id": "NPR-1", "utt": ["Hi."], "speaker": ["ANA"], "title": "One", "date": "2016-03-28"}
    two = {"id": "NPR-2", "utt": ["Bye."], "speaker": ["BEN"]}
    found = read_transcripts(Source("all.json", json.dumps([one, two]).encode()))
    assert [document_id for document_id, _ in found] == ["NPR-1", "NPR-2"]
    assert found[0][1].metadata.date == "2016-03-28"
    assert found[1][1].metadata.title == "NPR-2"


def test_jsonl_may_hold_any_shape() -> None:
    rows = [
        {"segments": [{"text": "Hi.", "start": 0, "end": 1}]},
        {"utterances": [{"text": "Hi.", "start": 0, "end": 9, "speaker": "A"}]},
    ]
    found = read_transcripts(Source("all.jsonl", "\n".join(map(json.dumps, rows)).encode()))
    assert [said(transcript) for _, transcript in found] == [[(None, "Hi.")], [("A", "Hi.")]]
