"""The server and its API over real HTTP, with plain dicts as the world."""

import socket

import requests

from batches.sandbox.server import Sandbox
from batches.sandbox.world import READER_KEY, STRANGER_KEY

POINTERS = [{"video_id": f"v{n}", "analysis_id": f"a{n}" if n < 3 else None, "status": "completed"} for n in range(4)]
BATCH = {
    "status": {"batch_id": "b", "status": "completed", "videos": POINTERS},
    "bulk": {
        "v0": {"video_id": "v0", "analysis_id": "a0", "analysis": {"events": []}, "import_source_uri": "s3://x/0.mp4"},
        "v1": None,
    },
}


def get(sandbox: Sandbox, path: str, **headers: str) -> requests.Response:
    return requests.get(sandbox.url + path, headers=headers or {"X-API-Key": sandbox.key}, timeout=5)


def post(sandbox: Sandbox, path: str, json: object, key: str = "") -> requests.Response:
    return requests.post(sandbox.url + path, json=json, headers={"X-API-Key": key or sandbox.key}, timeout=5)


def test_a_plain_dict_is_served_as_it_is() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        assert get(sandbox, "/api/batch/b/status").json() == BATCH["status"]
        assert get(sandbox, "/api/batch/b/status?include_videos=false").json()["videos"] == []


def test_bytes_are_served_as_they_are_even_broken_ones() -> None:
    raw = b'{"status": NaN, "text": "\xff\xfe'
    with Sandbox({"b": {"status": raw, "bulk": b"<html>"}}) as sandbox:
        assert get(sandbox, "/api/batch/b/status").content == raw
        assert post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": ["v"]}).content == b"<html>"


def test_lone_surrogates_and_nan_survive() -> None:
    odd = {"text": "\ud800", "value": float("inf")}
    with Sandbox({"b": {"status": {"status": "x", "odd": odd}, "bulk": {}}}) as sandbox:
        assert get(sandbox, "/api/batch/b/status").json()["odd"] == odd


def test_server_bulk_lists_every_requested_id() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        answer = post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": ["v0", "v1", "v2", "v3", "zz"]}).json()
    assert answer == {
        "analyses": [{"video_id": "v0", "analysis_id": "a0", "analysis": {"events": []}}],
        "unresolved_video_ids": ["zz", "v3"],
        "not_found_analysis_ids": ["a2"],
    }


def test_the_source_uri_comes_only_when_asked_for() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        answer = post(sandbox, "/api/batch/b/analyses/bulk?include_source_uri=true", {"video_ids": ["v0"]}).json()
    assert answer["analyses"][0]["import_source_uri"] == "s3://x/0.mp4"


def test_bulk_takes_500_ids_and_no_more() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        assert post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": ["x"] * 500}).status_code == 200
        assert post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": ["x"] * 501}).status_code == 400
        assert post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": "v0"}).status_code == 422


def test_both_forms_of_the_key_work_and_must_agree() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        path, key = "/api/batch/b/status", sandbox.key
        statuses = [
            get(sandbox, path, Authorization=f"Bearer {key}").status_code,
            get(sandbox, path, **{"X-API-Key": key}).status_code,
            get(sandbox, path, **{"X-API-Key": key, "Authorization": f"Bearer {key}"}).status_code,
            get(sandbox, path, **{"X-API-Key": key, "Authorization": "Bearer other"}).status_code,
        ]
    assert statuses == [200, 200, 200, 401]


def test_a_wrong_or_missing_key_is_401_with_a_detail() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        wrong = get(sandbox, "/api/batch/b/status", **{"X-API-Key": "nope"})
        missing = get(sandbox, "/api/batch/b/status", Accept="*/*")
    assert (wrong.status_code, wrong.json()) == (401, {"detail": "Invalid or expired API key"})
    assert (missing.status_code, missing.json()) == (401, {"detail": "Missing API key"})


def test_a_key_without_rights_is_known_but_reads_nothing() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        assert post(sandbox, "/api/keys/verify", {}, STRANGER_KEY).json()["valid"] is True
        assert get(sandbox, "/api/batch/b/status", **{"X-API-Key": STRANGER_KEY}).status_code == 403
        assert post(sandbox, "/api/video/v0/signed-url", {}, STRANGER_KEY).status_code == 403


def test_only_the_owner_writes_metadata() -> None:
    body = {"metadata": '{"a": 1}'}
    with Sandbox({"b": BATCH}) as sandbox:
        assert post(sandbox, "/api/batch/b/metadata", body, READER_KEY).status_code == 403
        assert post(sandbox, "/api/batch/b/metadata", body).json() == {
            "success": True,
            "batch_id": "b",
            "metadata": {"a": 1},
        }
        post(sandbox, "/api/batch/b/metadata", {"metadata": '{"a": "new", "b": 2}'})
        assert get(sandbox, "/api/batch/b/status").json()["metadata"] == {"a": "new", "b": 2}
    assert "metadata" not in BATCH["status"]


def test_server_refuses_invalid_metadata() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        bad = ['{"a": 1.5}', '{"a": true}', '{"a": null}', '{"a": [1]}', "[1]", "no json"]
        assert [post(sandbox, "/api/batch/b/metadata", {"metadata": text}).status_code for text in bad] == [400] * 4 + [
            422
        ] * 2
        assert post(sandbox, "/api/batch/b/metadata", {"metadata": {"a": 1}}).status_code == 422


def test_what_is_not_there_is_404_as_json() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        paths = [
            "/api/batch/nope/status",
            "/api/batch/..%2Fb/status",
            "/api/nothing",
            "/",
            "/api/videos/v0/analyses/nope",
        ]
        answers = [get(sandbox, path) for path in paths]
        wrong_method = post(sandbox, "/api/batch/b/status", {})
    assert [(a.status_code, list(a.json())) for a in answers] == [(404, ["detail"])] * 5
    assert wrong_method.status_code == 405


def test_calls_are_recorded_with_headers_and_body() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        post(sandbox, "/api/batch/b/analyses/bulk", {"video_ids": ["v0"]})
        call = sandbox.calls[0]
    assert (call.method, call.path, call.body) == ("POST", "/api/batch/b/analyses/bulk", b'{"video_ids": ["v0"]}')
    assert call.headers["X-API-Key"] == sandbox.key


def test_a_connection_is_kept_for_several_calls() -> None:
    with Sandbox({"b": BATCH}) as sandbox, requests.Session() as session:
        session.headers["X-API-Key"] = sandbox.key
        ports = set()
        for _ in range(3):
            with session.get(f"{sandbox.url}/api/batch/b/status", stream=True) as answer:
                ports.add(answer.raw.connection.sock.getsockname()[1])
                answer.content  # noqa: B018  (read, so that the connection goes back)
    assert len(ports) == 1


def test_a_body_without_a_length_is_refused() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        answer = requests.post(f"{sandbox.url}/api/keys/verify", data=iter([b"{}"]), timeout=5)
    assert answer.status_code == 411


def test_after_close_nobody_listens() -> None:
    with Sandbox({"b": BATCH}) as sandbox:
        url = sandbox.url
    try:
        requests.get(url, timeout=2)
    except requests.ConnectionError:
        return
    raise AssertionError("still answering")


def test_a_listener_that_is_given_outlives_the_sandbox() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for _ in range(2):  # as it is restarted
            with Sandbox({}, listener=listener.fileno()) as sandbox:
                assert sandbox.url.endswith(f":{listener.getsockname()[1]}")
                assert requests.get(f"{sandbox.url}/api/nothing", timeout=5).status_code in (401, 404)
