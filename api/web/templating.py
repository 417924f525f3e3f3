"""Templates → pages: everything shown is text, escaped wherever it comes from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.problems import ProblemDetails
from api.web.assets import asset, modules
from api.web.pages import (
    citation_href,
    long_date,
    shown_speaker,
    shown_speakers,
    web_address,
)
from index.aliases import name_of
from qa.answer.citations import clock

HERE = Path(__file__).parent


def exact(text: str) -> Markup:
    """Return text escaped so that a browser keeps every character.

    A parser of HTML turns CR LF into LF; written as a reference the CR survives, so that what is
    highlighted is what was quoted.
    """
    return Markup(str(escape(text)).replace("\r", "&#13;"))  # noqa: S704 - escaped just before


def prose(text: str) -> Markup:
    """Return one of our messages, escaped; text between backticks is code."""
    parts = str(escape(text)).split("`")
    marked = (f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
    return Markup("".join(marked))  # noqa: S704 - escaped just before


@cache
def environment() -> Environment:
    """Return the templates' environment, made once."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        alias=name_of,
        shown_speaker=shown_speaker,
        shown_speakers=shown_speakers,
        exact=exact,
        prose=prose,
        clock=clock,
        long_date=long_date,
        citation_href=citation_href,
        web_address=web_address,
    )
    env.globals.update(asset=asset, modules=modules)
    return env


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(environment().get_template(template).render(values), status_code=status)


def error_page(problem: ProblemDetails) -> HTMLResponse:
    """Return a problem as a page for people."""
    page = render("error.html", problem.status, problem=problem)
    page.headers.update(problem.headers)
    return page
