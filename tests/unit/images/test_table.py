from __future__ import annotations

from datetime import timedelta

from stackctl.images.plan import plan_images
from stackctl.images.table import image_rows
from tests.unit.images.made import APP, INIT, NOW, REDIS, current, image, question, stack

CORE = stack(redis=REDIS, app=APP, init=INIT)


def test_rows_say_what_is_used_why_and_what_is_missing() -> None:
    there = {"busybox:1.37": image(size=4_000_000, created=NOW - timedelta(hours=2)), **current("redis")}
    rows = {(row.service, row.argument): row for row in image_rows(plan_images(question(CORE), there), NOW)}
    init = rows["init", ""]
    assert (init.used, init.kind, init.size, init.age, init.missing) == (
        "busybox:1.37",
        "official",
        4_000_000,
        7200,
        "",
    )
    redis = rows["redis", ""]
    assert (redis.wanted, redis.used, redis.kind) == ("redis:8.6.6", "stackctl/redis:local", "local")
    base = rows["app", "PYTHON_IMAGE"]
    assert (base.wanted, base.missing, base.size, base.age) == ("python:3.13-slim", "to be pulled", None, None)
    app = rows["app", ""]
    assert (app.used, app.kind, app.why, app.missing) == ("acme/app:dev", "built", "built from /src/app", "to be built")


def test_an_outdated_image_is_told_from_a_missing_one() -> None:
    there = {"stackctl/redis:local": image({"stackctl.recipe": "old"})}
    rows = image_rows(plan_images(question(stack(redis=REDIS, init=INIT), "local"), there), NOW)
    assert [row.missing for row in rows] == ["to be built", "recipe changed"]


def test_the_age_of_a_reproducible_image_is_unknown() -> None:
    there = {"redis:8.6.6": image(created=NOW.replace(year=1980))}
    row = image_rows(plan_images(question(stack(redis=REDIS)), there), NOW)[0]
    assert row.age is None
    assert row.as_dict()["size"] == 1000
