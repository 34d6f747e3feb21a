"""How to reach the broker: the settings, in the words of kafka-python."""

from typing import Any

from settings import Settings


def connection(settings: Settings) -> dict[str, Any]:
    """Return the arguments that every client of kafka-python needs to connect: addresses, TLS, SASL."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.kafka.split(",") if server.strip()],
        "security_protocol": settings.kafka_security,
    }
    if settings.kafka_ca_file is not None:
        arguments["ssl_cafile"] = str(settings.kafka_ca_file)
    if settings.kafka_security.startswith("SASL"):
        arguments |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return arguments
