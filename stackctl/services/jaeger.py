"""Jaeger 2: the query page, and OTLP by gRPC and HTTP."""

from stackctl.services.base import Driver, Endpoint
from stackctl.services.failures import Failure

# Words of Jaeger 2 (an OpenTelemetry collector) and 1.
FAILURES = (
    Failure(
        r"(?:failed to get config|cannot unmarshal the configuration|invalid configuration|cannot (?:load|resolve) the "
        r"configuration|yaml: (?:line (?P<line>\d+): )?).*?(?P<why>(?:yaml|decoding"
        r"|'[^']+' has invalid keys|unknown type|"
        r"references|service::).*)?$",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "correct the file",
    ),
    Failure(
        r"Cannot acquire directory lock on \"(?P<path>[^\"]+)\"|Another process is using this Badger database",
        "data-locked",
        "the data of {service} {path} is in use by another Jaeger",
        "stop the other one, or give each a volume of its own",
    ),
    Failure(
        r"(?:[Bb]adger|storage|Error Creating Dir).*(?P<path>\"/[^\"]+\")?.*permission denied"
        r"|mkdir /badger.*permission denied",
        "permission-denied",
        "{service} may not write its data",
        "let its user own the volume or the folder",
    ),
    Failure(
        r"manifest has (?:unsupported|bad) (?:version|magic)|checksum mismatch|MANIFEST.*(?:corrupt|removed)",
        "data-corrupt",
        "{service} cannot read its Badger data",
        "restore a backup, or start with a new volume",
    ),
)

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
    failures=FAILURES,
)
