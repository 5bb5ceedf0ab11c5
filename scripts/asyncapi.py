"""The AsyncAPI 3.0 document of our topics, generated from the registry and the contracts."""

from typing import Any

from shared import contracts
from shared.contracts.topics import RAW, TOPICS, Topic
from shared.contracts.values import Produced

_MODELS: dict[str, list[type[Produced]]] = {}
for _name in contracts.__all__:
    _model = getattr(contracts, _name)
    if issubclass(_model, Produced):
        _MODELS.setdefault(_model.topic, []).append(_model)


def asyncapi_document() -> dict[str, Any]:
    """Return the document; channels are topics, operations are who sends and who receives."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Peerline events",
            "version": "1.0.0",
            "description": (
                "Every event is a CloudEvents 1.0 message in Kafka binary mode; the type is the "
                "topic's name. Partition: murmur2 of the tenant."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_id(topic): _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {
            "schemas": _schemas(),
            "messageTraits": {"cloudevent": {"headers": _headers()}},
        },
    }


def _id(topic: Topic) -> str:
    return topic.name.replace(".", "_")


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"{topic.purpose} Key: {topic.key}.",
        "messages": {model.__name__: _message(model) for model in _MODELS.get(topic.name, [])}
        or {"Record": _opaque(topic)},
    }


def _message(model: type[Produced]) -> dict[str, Any]:
    return {
        "name": model.__name__,
        "summary": (model.__doc__ or "").splitlines()[0],
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudevent"}],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


def _opaque(topic: Topic) -> dict[str, Any]:
    encrypted = topic is RAW
    return {
        "name": "Record",
        "summary": "Encrypted with one key per record." if encrypted else "Private to its writer.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for topic in TOPICS.values():
        for action, principals in (("send", topic.writers), ("receive", topic.readers)):
            for principal in principals:
                operations[f"{action}_{_id(topic)}_by_{principal.replace('-', '_')}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{_id(topic)}"},
                    "summary": f"{principal} {'writes' if action == 'send' else 'reads'} it.",
                }
    return operations


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for models in _MODELS.values():
        for model in models:
            schema = model.model_json_schema(
                mode="serialization", ref_template="#/components/schemas/{model}"
            )
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
    return {name: _in_asyncapi(schema) for name, schema in schemas.items()}


def _in_asyncapi(schema: Any) -> Any:  # noqa: ANN401 - it is JSON
    # A discriminator is an object in OpenAPI, the bare name of the property in AsyncAPI.
    if isinstance(schema, list):
        return [_in_asyncapi(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = schema.get("discriminator")
    is_object = isinstance(found, dict) and "propertyName" in found
    named = {"discriminator": found["propertyName"]} if is_object and found else {}
    return {name: _in_asyncapi(value) for name, value in schema.items()} | named


def _headers() -> dict[str, Any]:
    names = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time")
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
    }
