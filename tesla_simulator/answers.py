"""Tesla's answers to what it refuses, by name: the API raises them and faults send them (fleet_api.md 9)."""

from dataclasses import dataclass
import json
import secrets
from typing import Any

from aiohttp import web

PROTOCOL_DOCS = "https://developer.tesla.com/docs/fleet-api/virtual-keys/overview"
REGION_DOCS = "https://developer.tesla.com/docs/fleet-api/getting-started/regional-requirements"

type Body = str | bytes | dict[str, Any] | list[Any] | None
"""What an answer says: JSON, or text sent as it is, or nothing."""


@dataclass(frozen=True)
class Answer:
    """A status and its body; `{…}` in an error's words are filled in by whoever gives the answer."""

    status: int
    body: Body = None
    content_type: str = "application/json"


def _api(status: int, error: str, description: str = "") -> Answer:
    return Answer(status, {"response": None, "error": error, "error_description": description})


def _auth(status: int, error: str, description: str) -> Answer:
    return Answer(status, {"error": error, "error_description": description, "referenceID": ""})


def _gateway(status: int, words: str) -> Answer:
    page = f"<html><head><title>{status} {words}</title></head><body><center><h1>{status} {words}</h1></center></body></html>"
    return Answer(status, page, "text/html")


ANSWERS: dict[str, Answer] = {
    # Fleet API, fleet_api.md 9
    "invalid_command": _api(400, "invalid_command"),
    "invalid_field": _api(400, "invalid_field"),
    "invalid_request": _api(400, "invalid_request", "{words}"),
    "empty_401": Answer(401),
    "token_expired": _api(401, "token expired (401)"),
    "invalid_bearer": _api(401, "invalid bearer token"),
    "mobile_access_disabled": _api(401, "mobile_access_disabled"),
    "payment_required": _api(402, "payment required"),
    "missing_scopes": _api(403, "Unauthorized missing scopes"),
    "protocol_required": _api(
        403, f"Tesla Vehicle Command Protocol required, please refer to the documentation here: {PROTOCOL_DOCS}"
    ),
    "exceeded_limit": _api(403, "account disabled: EXCEEDED_LIMIT"),
    "unsupported_vehicle": _api(403, "unsupported vehicle"),
    "location_not_granted": _api(403, "location access not granted"),
    "business_only": _api(403, "Unauthorized", "only for business accounts that own a fleet"),
    "setting_refused": _api(403, "setting not permitted", "{words}"),
    "not_found": _api(404, "not_found"),
    "in_service": _api(405, "vehicle is currently in service"),
    "wrong_method": _api(405, "method not allowed"),
    "not_json": _api(406, "not_acceptable", "Content-Type must be application/json"),
    "asleep": _api(408, "vehicle unavailable: vehicle is offline or asleep"),
    "not_supported": _api(412, "Not Supported"),
    "not_registered": _api(
        412,
        "Account {client_id} must be registered in the current region. For more information, visit "
        "https://developer.tesla.com/docs/fleet-api/endpoints/partner-endpoints#register",
    ),
    "client_too_old": _api(418, "client too old"),
    "out_of_region": _api(421, f"user out of region, use base URL: {{url}}, see {REGION_DOCS}"),
    "invalid_domain": _api(
        400, "Invalid domain: {domain}. Ensure that domain is lowercase and starts without https://"
    ),
    "root_domain": _api(
        412,
        "Root domain {root} must match registered allowed origin on "
        "https://developer.tesla.com/dashboard/app-details/{client_id}",
    ),
    "invalid_resource": _api(422, "invalid resource"),
    "key_taken": _api(422, "Validation failed: Public key hash has already been taken"),
    "domain_taken": _api(422, "Validation failed: Domain has already been taken"),
    "key_invalid": _api(422, "Validation failed: Public key {words}"),
    "key_download": _api(424, "Public key download failed for {url}, error: {words}"),
    "locked": Answer(423),
    "invalid_upstream": _api(424, "invalid upstream response"),
    "rate_limited": _api(429, "rate limited"),
    "legal": _api(451, "resource unavailable for legal reasons"),
    "client_closed": _api(499, "client closed request"),
    "internal": _api(500, "internal server error"),
    "upstream": _api(500, "upstream internal error"),
    "key_not_paired": _api(500, "vehicle rejected request: your public key has not been paired with the vehicle"),
    "bad_gateway": _gateway(502, "Bad Gateway"),
    "unavailable": _api(503, "service unavailable"),
    "unavailable_html": _gateway(503, "Service Temporarily Unavailable"),
    "timeout": _api(504, "upstream request timeout"),
    "device_error": _api(540, "device unexpected response"),
    # Sign-in server, fleet_api.md 1.4 and 9
    "auth_invalid_request": _auth(400, "invalid_request", "{words}"),
    "invalid_auth_code": _auth(400, "invalid_auth_code", "The authorization code is expired or was already used."),
    "invalid_audience": _auth(
        400, "invalid_audience", "The 'audience' parameter is invalid. Include valid audience in the request."
    ),
    "invalid_redirect_url": _auth(400, "invalid_redirect_url", "The redirect URI does not match."),
    "invalid_scope": _auth(400, "invalid_scope", "The requested scope is not enabled for this client."),
    "unauthorized_client": _auth(400, "unauthorized_client", "The client is not authorized."),
    "unsupported_grant_type": _auth(400, "unsupported_grant_type", "The grant type is not supported."),
    "invalid_client": _auth(401, "invalid_client", "The client is unknown."),
    "login_required": _auth(401, "login_required", "The refresh_token is invalid. Please sign in again."),
    # What no API should say with a 200, users.md 5 and libraries.md 8
    "html": Answer(200, "<html><body>We'll be back soon</body></html>", "text/html"),
    "empty": Answer(200),
    "null": Answer(200, "null"),
    "null_response": Answer(200, {"response": None}),
    "blank_response": Answer(200, {"response": ""}),
    "list": Answer(200, [{"response": None}]),
    "truncated": Answer(200, '{"response":{"id":1492931'),
}


class Refused(Exception):
    """Tesla refuses: the name of an answer and the words for its blanks."""

    def __init__(self, name: str, **words: str) -> None:
        """Take the answer's name from the table."""
        super().__init__(name)
        self.answer = filled(ANSWERS[name], words)


def filled(answer: Answer, words: dict[str, str]) -> Answer:
    """Fill the blanks in an answer's strings."""
    if not isinstance(answer.body, dict):
        return answer
    body = {key: _fill(value, words) for key, value in answer.body.items()}
    return Answer(answer.status, body, answer.content_type)


def _fill(value: Any, words: dict[str, str]) -> Any:
    for name, word in words.items():
        value = value.replace(f"{{{name}}}", word) if isinstance(value, str) else value
    return value.replace("{words}", "") if isinstance(value, str) else value


def respond(answer: Answer, headers: dict[str, str] | None = None) -> web.Response:
    """Make the HTTP answer; every one of them carries `x-txid` (fleet_api.md 9)."""
    body = answer.body
    if isinstance(body, dict | list):
        body = json.dumps(body, separators=(",", ":"))
    raw = body.encode() if isinstance(body, str) else body or b""
    return web.Response(
        status=answer.status,
        body=raw,
        content_type=answer.content_type if raw else None,
        headers={"x-txid": secrets.token_hex(16), **(headers or {})},
    )
