"""``transcript-qa serve``: the HTTP server, its address printed once it answers."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import load_settings
from api.cli.output import FAILED, WRONG_USAGE, complain
from api.cli.state import CommandState

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.settings import Settings

# Requests get this long to end when the server is asked to stop: more than streams take to say so.
SHUTDOWN_S = 10
# Connections that may wait to be accepted; the system's own limit is usually lower.
BACKLOG = 2048


def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default=False)
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=0, max=65535, help="Port; 0 takes a free one.", show_default=False
        ),
    ] = None,
) -> None:
    """Serve the web form and the HTTP interface until interrupted."""
    from api.app import create_app
    from api.logs import configure_logs
    from api.origins import needs_hosts

    settings = load_settings()
    if host is not None:
        # The names that requests may be for follow from it.
        settings = settings.model_copy(update={"host": host})
    if needs_hosts(settings):
        complain(
            f"--host {settings.host} serves every network that this machine is in; set "
            "TRANSCRIPT_QA_ALLOWED_HOSTS to the names by which it is called there, or to * for any"
        )
        raise typer.Exit(WRONG_USAGE)
    configure_logs(settings.log_format)
    listener = _listen(settings.host, settings.port if port is None else port)
    try:
        service = CommandState.opener(settings)
        try:
            service.start()
            _run(create_app(service, settings), listener, settings)
        finally:
            service.close()
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; a port that is taken ends the command with a clear line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP is named, since asyncio sets TCP_NODELAY only on sockets that say so. Without it the end
    # of an answer on a kept connection waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        reason = getattr(error, "errno", None)
        if reason == errno.EADDRINUSE:
            complain(
                f"port {port} on {host} is taken; "
                "choose another with --port or TRANSCRIPT_QA_PORT, or 0 for a free one"
            )
        elif reason == errno.EACCES:
            complain(f"port {port} needs more rights; choose one from 1024 on with --port")
        else:
            complain(f"{host}:{port} can't be listened on: choose another --host or --port")
        raise typer.Exit(FAILED) from None
    return listener


def _run(app: FastAPI, listener: socket.socket, settings: Settings) -> None:
    import uvicorn

    from api.connections import protocol_of

    class Server(uvicorn.Server):
        """A server that says where it is once it answers."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                host, port = listener.getsockname()[:2]
                shown = f"[{host}]" if ":" in host else host
                print(f"Serving on http://{shown}:{port}/", flush=True)

    config = uvicorn.Config(
        app,
        http=protocol_of(settings),
        ws="none",
        timeout_keep_alive=settings.idle_timeout_s,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    Server(config).run(sockets=[listener])
