"""What is usually spoken on a well-known container port, for services without a driver.

Source: IANA's registry, and the official images.
"""

from __future__ import annotations

_SCHEMES = {
    **dict.fromkeys((80, 3000, 3001, 5000, 5601, 8000, 8001, 8080, 8081, 8088, 8090, 8888, 9000, 9090, 9200), "http"),
    **dict.fromkeys((443, 8443), "https"),
    1025: "smtp",
    3306: "mysql",
    4317: "grpc",
    4318: "http",
    5432: "postgresql",
    5672: "amqp",
    6379: "redis",
    9092: "kafka",
    11211: "memcached",
    15672: "http",
    27017: "mongodb",
}


def scheme_of(port: int) -> str:
    """Give the usual scheme of a container port, `tcp` where it is not well known."""
    return _SCHEMES.get(port, "tcp")
