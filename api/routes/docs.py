"""``/docs``: the interface to read and try, drawn by Swagger UI from files served here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from api.openapi import as_openapi_30, describe
from api.web.templating import render

router = APIRouter(include_in_schema=False)

# What the page needs of the bundle; nothing else of it is served.
FILES = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}


@router.get("/docs")
def docs() -> Response:
    """Show the page."""
    return render("docs.html")


@router.get("/openapi.json")
def description(request: Request) -> Response:
    """Return the description in OpenAPI 3.1."""
    return JSONResponse(describe(request.app))


@router.get("/docs/openapi.json")
def older_description(request: Request) -> Response:
    """Return the description in the dialect that the page reads."""
    return JSONResponse(as_openapi_30(describe(request.app)))


@router.get("/docs/swagger-ui.css")
def style() -> Response:
    """Return Swagger UI's style sheet."""
    return _file("swagger-ui.css")


@router.get("/docs/swagger-ui-bundle.js")
def script() -> Response:
    """Return Swagger UI itself."""
    return _file("swagger-ui-bundle.js")


def _file(name: str) -> Response:
    return FileResponse(
        _bundle() / name,
        headers={"Content-Type": FILES[name], "Cache-Control": "public, max-age=86400"},
    )


@cache
def _bundle() -> Path:
    from swagger_ui_bundle import swagger_ui_path

    return Path(swagger_ui_path)
