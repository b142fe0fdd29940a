"""The page a visitor of a laptop hub sees first: which services there are and where to ask them."""

import html
from collections.abc import Mapping

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from deploy.hub.plan import HubPlan
from shared.web import problems
from shared.web.heads import Heads


def front_app(plan: HubPlan, apps: Mapping[str, FastAPI]) -> FastAPI:
    """Return the app behind `/`: a page with links, and a probe for the whole hub."""
    app = FastAPI(title=f"eroad {plan.hub}", openapi_url=None)
    problems.install(app)
    app.add_middleware(Heads)

    @app.get("/", response_class=HTMLResponse)
    async def index() -> str:
        rows = "".join(
            f"<tr><td><a href='/{name}/docs'>{name}</a></td>"
            f"<td>{html.escape(service.description)}</td>"
            f"<td><a href='/{name}/openapi.json'>OpenAPI</a> · "
            f"<a href='/{name}/readyz'>ready?</a> · <a href='/{name}/metrics'>metrics</a></td></tr>"
            for name, service in apps.items()
        )
        return _PAGE.format(hub=html.escape(plan.hub), rows=rows)

    @app.get("/favicon.ico")
    async def no_icon() -> Response:
        """Browsers ask for one beside every page; a 404 would be an error in their console."""
        return Response(status_code=204)

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"hub": plan.hub, "status": "ok"}

    return app


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>eroad {hub}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
        padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td {{ padding: .5rem; border-top: 1px solid #8886; vertical-align: top }}
</style>
<h1>e-hub {hub}</h1>
<p>Every service of this hub, its API pages and its probes. Authorities, banks and carriers behind
it are simulated; nothing is filed with anybody.</p>
<table>{rows}</table></html>
"""
