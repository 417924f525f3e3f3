from __future__ import annotations

from qa.llm.prompts import PROMPT_VERSION, statement_prompt


def test_prompts_share_their_beginning_so_that_servers_cache_it() -> None:
    one = statement_prompt("Who won?", "Ada won.")
    two = statement_prompt("Who lost?", "Bob lost.")
    assert one[:300] == two[:300]


def test_statement_prompt_version_1_is_this() -> None:
    assert PROMPT_VERSION == 1
    assert statement_prompt("Who won?", "Ada won.").endswith(
        "Question: How many people were there?\n"
        "Text: You know, there were forty people at the meeting, and no one asked about the "
        "bridge.\n"
        "Answer: There were forty people at the meeting.\n\n"
        "Question: Who won?\nText: Ada won.\nAnswer:"
    )
