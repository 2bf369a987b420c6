import pytest

from tests.unit.core_app.conftest import App

UNKNOWN = "0123456789abcdef01234567"


def test_a_created_item_is_stored_and_found_at_its_location(app: App) -> None:
    answer = app.client.post("/items", json={"name": " bolt ", "quantity": 3, "tags": ["m8"]})
    assert answer.status_code == 201
    item = answer.json()
    assert item["name"] == "bolt"
    assert item["quantity"] == 3
    assert item["tags"] == ["m8"]
    assert app.store.items[item["id"]].name == "bolt"
    assert app.client.get(answer.headers["location"]).json() == item


def test_the_second_read_comes_from_the_cache(app: App) -> None:
    path = f"/items/{app.create()['id']}"
    assert app.client.get(path).headers["x-cache"] == "miss"
    assert app.client.get(path).headers["x-cache"] == "hit"
    assert app.store.reads == 1
    assert app.metrics.value("cache_reads_total", result="hit") == 1
    assert app.metrics.value("cache_reads_total", result="miss") == 1


def test_without_the_cache_items_are_read_from_the_store(app: App) -> None:
    path = f"/items/{app.create()['id']}"
    app.cache.away = True
    answer = app.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-cache"] == "bypass"
    assert app.client.delete(path).status_code == 204


def test_without_the_store_a_cached_item_is_still_read(app: App) -> None:
    path = f"/items/{app.create()['id']}"
    app.client.get(path)
    app.store.away = True
    assert app.client.get(path).headers["x-cache"] == "hit"


def test_without_the_store_the_answer_is_503_and_says_so(app: App) -> None:
    app.store.away = True
    answer = app.client.post("/items", json={"name": "bolt"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "store_unavailable"


def test_a_deleted_item_is_gone_from_store_and_cache(app: App) -> None:
    path = f"/items/{app.create()['id']}"
    app.client.get(path)
    assert app.client.delete(path).status_code == 204
    assert app.client.get(path).status_code == 404
    assert app.client.delete(path).status_code == 404


def test_the_list_comes_in_pages_oldest_first(app: App) -> None:
    created = [app.create(name=f"n{number}")["id"] for number in range(5)]
    first = app.client.get("/items", params={"limit": 2}).json()
    second = app.client.get("/items", params={"limit": 2, "after": first["next"]}).json()
    last = app.client.get("/items", params={"limit": 2, "after": second["next"]}).json()
    assert [item["id"] for page in (first, second, last) for item in page["items"]] == created
    assert last["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 1}, "name"),
        ({"name": "a", "quantity": -1}, "quantity"),
        ({"name": "a", "quantity": 1.5}, "quantity"),
        ({"name": "a", "quantity": True}, "quantity"),
        ({"name": "a", "quantity": 10**20}, "quantity"),
        ({"name": "a", "tags": "m8"}, "tags"),
        ({"name": "a", "tags": [""]}, "tags"),
        ({"name": "a", "tags": ["t"] * 21}, "tags"),
        ({"name": "a", "colour": "red"}, "colour"),
        ([], "body"),
    ],
)
def test_a_wrong_field_is_named(app: App, body: object, field: str) -> None:
    answer = app.client.post("/items", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["fields"]
    assert not app.store.items


def test_every_wrong_field_is_named_at_once(app: App) -> None:
    answer = app.client.post("/items", json={"quantity": "many", "tags": 1})
    assert set(answer.json()["error"]["fields"]) == {"name", "quantity", "tags"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_json_is_refused(app: App, body: bytes) -> None:
    answer = app.client.post("/items", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_a_body_of_another_type_is_refused(app: App) -> None:
    assert app.client.post("/items", data={"name": "bolt"}).status_code == 415


def test_a_large_body_is_refused(app: App) -> None:
    assert app.client.post("/items", json={"name": "x" * 70_000}).status_code == 413


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "limit=-1", "limit=²", "after=x"])
def test_a_wrong_page_is_refused(app: App, query: str) -> None:
    assert app.client.get(f"/items?{query}").status_code == 422


def test_an_id_that_is_none_is_refused_and_an_unknown_one_not_found(app: App) -> None:
    assert app.client.get("/items/no-id").status_code == 400
    assert app.client.get(f"/items/{UNKNOWN}").status_code == 404


def test_errors_of_the_frame_look_like_ours(app: App) -> None:
    assert app.client.get("/nowhere").json()["error"]["code"] == "not_found"
    answer = app.client.put("/items")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"
