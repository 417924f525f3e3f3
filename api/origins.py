"""Where a request comes from and whom it is for: other sites' pages may change nothing here.

Nor may they have work done: what they can only ask for in the background, a picture say, they
can't read and get no answer to. A person may follow their link, also one that asks a question.

Browsers say where a request comes from in ``Sec-Fetch-Site`` and, older ones too, in ``Origin``;
other clients send neither. Whom a request is for stands in ``Host``: a name that isn't ours means
that another site's name points at this machine, so that a browser takes us for that site.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import ProblemDetails, problem_at
from qa.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Listening on every address: only its owner knows by which names the machine is called then.
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on
ANY = "*"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the names that ``Host`` may have, ``*`` standing for all."""
    if settings.allowed_hosts is not None:
        given = (_name(each.strip()) for each in settings.allowed_hosts.split(","))
        return frozenset(each for each in given if each)
    return LOOPBACK | ({_name(settings.host)} - EVERYWHERE)


def needs_hosts(settings: Settings) -> bool:
    """Return whether the server's names have to be set: it listens where they can't be known."""
    return settings.host in EVERYWHERE and settings.allowed_hosts is None


class RefuseForeignOrigins:
    """Refuse requests for another host, and by which another site's page would change something."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            problem = self._problem(scope, Headers(scope=scope))
            if problem is not None:
                await problem_at(scope["path"], problem).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope, headers: Headers) -> ProblemDetails | None:
        host = headers.get("host", "")
        # Only HTTP/1.0 may leave it out, which no browser speaks.
        if host and ANY not in self._hosts and _name(host) not in self._hosts:
            return ProblemDetails(
                403,
                "unknown_host",
                "The request is for a host that isn't served here; "
                "the setting ALLOWED_HOSTS names those that are.",
            )
        safe = scope["method"] in _SAFE
        if _background(headers, scope) if safe else _cross_site(headers, host):
            return ProblemDetails(
                403, "cross_site", "A page of another site sent this request; it is refused."
            )
        return None


def _background(headers: Headers, scope: Scope) -> bool:
    """Return whether another site's page reads something here that no person asked it for.

    A page that is opened is what links are for; one that has a question answered costs a turn, so
    it takes a click. Old browsers don't say any of this; their pages can't be told apart.
    """
    if headers.get("sec-fetch-site") not in {"cross-site", "same-site"}:
        return False
    opened = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest"))
    if opened != ("navigate", "document"):
        return True
    asks = scope["path"] == "/" and "question" in QueryParams(scope["query_string"])
    return asks and headers.get("sec-fetch-user") != "?1"


def _cross_site(headers: Headers, host: str) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        # No page can set it. Beside it Origin says nothing new: forms of ours send "null" there,
        # since we ask browsers for no referrer.
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and not _same(origin, host)


def _same(origin: str, host: str) -> bool:
    """Return whether the origin is this host.

    Its scheme isn't compared: a proxy that speaks HTTPS to the browser may speak HTTP to us.
    """
    try:
        ours = urlsplit(f"//{host}")
        theirs = urlsplit(origin)
        usual = _PORTS.get(theirs.scheme)
        return (
            usual is not None
            and bool(theirs.hostname)
            and (theirs.hostname, theirs.port or usual) == (ours.hostname, ours.port or usual)
        )
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False


def _name(host: str) -> str:
    """Return the name of ``name:port``, ``[address]:port`` or a bare IPv6 address."""
    if host.count(":") > 1 and not host.startswith("["):
        return host.lower()
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
