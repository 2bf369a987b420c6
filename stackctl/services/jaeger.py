"""Jaeger 2: the query page, and OTLP by gRPC and HTTP."""

from stackctl.services.base import Driver, Endpoint

DRIVER = Driver(
    name="jaeger",
    images=("jaegertracing/jaeger", "jaegertracing/all-in-one", "jaeger", "stackctl/jaeger"),
    recipe="jaeger",
    endpoints=(
        Endpoint(16686, "http", label="Jaeger"),
        Endpoint(4317, "grpc", label="OTLP gRPC"),
        Endpoint(4318, "http", "/v1/traces", label="OTLP HTTP"),
    ),
    probe="http",
    probe_path="/status",
    data=("/badger",),
)
