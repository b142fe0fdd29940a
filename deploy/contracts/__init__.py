"""Generates what others read instead of our Python: schemas, examples, AsyncAPI, OpenAPI."""
