"""The app factory: every service's HTTP side looks and behaves the same."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.types import Receive, Scope, Send

from shared.db.tx import Store
from shared.web import problems
from shared.web.api_page import HEADERS, api_page
from shared.web.auth import TokenVerifier
from shared.web.heads import Heads
from shared.web.health import Health, health_router
from shared.web.limits import BodyLimit
from shared.web.observe import Observer
from shared.web.overload import Shedding
from shared.web.rates import Rates

NO_SPANS_OF_ITS_OWN: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The Observer makes the spans, through the service's own tracer and not a global one."""


def create_app(
    name: str,
    *,
    version: str,
    description: str,
    routers: Sequence[APIRouter],
    store: Store[Any],
    verifier: TokenVerifier,
    health: Health,
    requests_per_minute: int,
) -> FastAPI:
    """Build a service's app; it starts nothing, life belongs to `Service.running()`."""
    app = FastAPI(
        title=f"eroad {name}",
        version=version,
        description=description,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_SPANS_OF_ITS_OWN,
        separate_input_output_schemas=False,
    )
    app.state.store = store
    app.state.verifier = verifier
    app.state.in_flight = set()
    app.state.request_rates = Rates(requests_per_minute)
    app.state.health = health
    problems.install(app)
    for router in (health_router, *routers):
        _add_routes(app, router)
    _describe_problems(app)
    _add_page(app)
    app.add_middleware(Heads)
    app.add_middleware(BodyLimit)
    app.add_middleware(Shedding)
    app.add_middleware(Observer, service=name, metrics=health.metrics, tracer=store.tracer)
    return app


def _add_routes(app: FastAPI, router: APIRouter) -> None:
    """Let an app serve a router's own routes. To include the router would make all of them anew
    for each app, at its first request: 5 ms a route."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.responses = {**problems.RESPONSES, **route.responses}
    app.router.routes.extend(router.routes)


def _add_page(app: FastAPI) -> None:
    """Serve /docs, where people read what the app's OpenAPI tells programs."""

    @app.get("/docs", include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        # The document of openapi.json is told where its app is mounted; the page is told the same.
        served = {**app.openapi(), "servers": [{"url": request.scope.get("root_path", "")}]}
        return HTMLResponse(api_page(served), headers=HEADERS)


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem schema, which every refusal refers to, into the app's OpenAPI."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
            _require_keys(document)
        return app.openapi_schema or {}

    app.openapi = described  # type: ignore[method-assign]


def _require_keys(document: dict[str, Any]) -> None:
    """Say that a POST needs its Idempotency-Key, which other methods may leave out."""
    for path in document["paths"].values():
        for parameter in path.get("post", {}).get("parameters", ()):
            if parameter["name"] == "idempotency-key":
                text, _ = parameter["schema"].pop("anyOf")
                parameter["required"] = True
                parameter["schema"] |= text


class Mounted:
    """Several apps of one hub behind one port, each under its service's name."""

    def __init__(self, apps: dict[str, FastAPI], front: FastAPI) -> None:
        self._apps = apps
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name, slash, _ = scope["path"].lstrip("/").partition("/")
            app = self._apps.get(name)
            if app is not None and slash:
                inner = dict(scope)
                inner["root_path"] = f"{scope.get('root_path', '')}/{name}"
                await app(inner, receive, send)
                return
        await self._front(scope, receive, send)
