"""The page on which people read a service's OpenAPI: plain HTML, made here.

It loads nothing from anywhere, so it is whole behind a firewall and runs nobody else's script.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
Schema = Mapping[str, Any]
_CODE = re.compile(r"`([^`]+)`")


def api_page(document: Mapping[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    info = document["info"]
    root = document.get("servers", [{"url": ""}])[0]["url"]
    operations = "".join(
        _operation(method, root + path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    )
    schemas = "".join(
        _schema(name, schema)
        for name, schema in sorted(document.get("components", {}).get("schemas", {}).items())
    )
    return _PAGE.format(
        title=escape(info["title"]),
        about=escape(info.get("description", "")),
        version=escape(info["version"]),
        operations=operations,
        schemas=schemas,
    )


def _operation(method: str, path: str, operation: Schema) -> str:
    first, paragraph, rest = _prose(operation.get("description", "")).partition("<p>")
    rows = [
        (one["name"], one["in"], one.get("required", False), one["schema"], one.get("description"))
        for one in operation.get("parameters", ())
    ]
    bodies = operation.get("requestBody", {}).get("content", {})
    rows += [("", kind, True, content.get("schema", {}), None) for kind, content in bodies.items()]
    answers = "".join(
        f"<li><code>{escape(status)}</code> {escape(answer['description'])} {_answered(answer)}"
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    )
    return (
        f"<details><summary><b class={method}>{method.upper()}</b> <code>{escape(path)}</code> "
        f"{first}</summary>{paragraph}{rest}"
        f"{_scopes(operation)}"
        f"{_table(rows)}<p>Answers<ul>{answers}</ul></details>"
    )


def _scopes(operation: Schema) -> str:
    ways = [names for one in operation.get("security", ()) for names in one.values()]
    scopes = " ".join(sorted({scope for names in ways for scope in names}))
    return f"<p>Scopes: <code>{escape(scopes)}</code>" if scopes else ""


def _answered(answer: Schema) -> str:
    return " ".join(
        f"{escape(kind)} {_shape(content['schema'])}"
        for kind, content in answer.get("content", {}).items()
        if content.get("schema")
    )


def _schema(name: str, schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        (field, "", field in required, shape, shape.get("description"))
        for field, shape in schema.get("properties", {}).items()
    ]
    shown = _table(rows) if rows else f"<p>{_shape(schema)}"
    about = _prose(schema.get("description", ""))
    return f"<section id='{escape(name)}'><h3>{escape(name)}</h3><p>{about}{shown}</section>"


def _table(rows: list[tuple[str, str, bool, Schema, str | None]]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code> <small>{escape(place)} "
        f"{'needed' if required else ''}</small><td>{_shape(schema)}. {_prose(about or '')}"
        for name, place, required, schema, about in rows
    )
    return f"<table>{lines}</table>"


def _shape(schema: Schema) -> str:
    """Say in a line what a value may be, with its limits; a named schema is a link."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if several:
        return " or ".join(_shape(one) for one in several)
    if "enum" in schema or "const" in schema:
        choices = schema.get("enum", [schema.get("const")])
        return " | ".join(f"<code>{escape(str(choice))}</code>" for choice in choices)
    kind = escape(str(schema.get("type", "anything")))
    if kind == "array":
        kind = f"list of {_shape(schema.get('items', {}))}"
    elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        kind = f"names to {_shape(schema['additionalProperties'])}"
    return ", ".join([kind, *_limits(schema)])


def _limits(schema: Schema) -> Iterator[str]:
    if "format" in schema:
        yield escape(schema["format"])
    for low, high, of in (
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " of them"),
    ):
        if low in schema or high in schema:
            yield f"{_number(schema.get(low, ''))}…{_number(schema.get(high, ''))}{of}"
    if "pattern" in schema:
        yield f"<code>{escape(schema['pattern'])}</code>"


def _number(limit: Any) -> str:
    return f"{limit:.15g}" if isinstance(limit, float) else str(limit)


def _prose(text: str) -> str:
    """A docstring as HTML: its paragraphs, and code where it has backticks."""
    parts = [escape(part.strip()) for part in text.split("\n\n")]
    return "<p>".join(_CODE.sub(r"<code>\1</code>", part) for part in parts)


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;
        padding: 0 1rem; overflow-wrap: anywhere }}
code {{ font-size: .875em }}
summary {{ cursor: pointer; padding: .375rem 0 }}
summary b {{ display: inline-block; min-width: 4.5rem }}
details {{ border-top: 1px solid #8886 }}
details[open] {{ padding-bottom: 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td {{ padding: .25rem .5rem; border-top: 1px solid #8886; vertical-align: top }}
td:first-child {{ width: 35% }}
</style>
<h1>{title}</h1>
<p>{about}
<p>Version {version} · <a href="openapi.json">openapi.json</a> · <a href="readyz">ready?</a>
<p>A token comes from <code>POST /members/v1/oauth/token</code>; it goes into
<code>Authorization: Bearer</code>. Every POST that creates takes an
<code>Idempotency-Key</code>. What is refused is told as <a href="#Problem">Problem</a>:
its code, the field, and what to do.
<h2>What can be asked</h2>
{operations}
<h2>What is sent and answered</h2>
{schemas}
</html>
"""
