"""Who may log in to the embedded Kafka: as the broker's settings say it, and as its clients do."""

from dataclasses import dataclass

MECHANISM = "PLAIN"
SECURITY = "SASL_PLAINTEXT"
CLIENT = "leadtrace"
BROKER = "broker"


@dataclass(frozen=True, slots=True)
class Logins:
    """The password of Leadtrace's processes, and the one by which brokers and controllers know each other.

    Passwords must be free of quotes and backslashes, which the settings file would read otherwise.
    """

    password: str
    broker_password: str

    def __repr__(self) -> str:
        return "Logins(...)"

    def broker_settings(self, clients: str, controllers: str) -> str:
        """Lines of server.properties for the two listeners of these names: both let nobody in unnamed.

        Nodes of one cluster that share these logins may talk to each other.
        """
        return (
            f"listener.security.protocol.map={clients}:{SECURITY},{controllers}:{SECURITY}\n"
            f"sasl.enabled.mechanisms={MECHANISM}\n"
            # What a connection may send, and make the broker keep, before it has logged in.
            "sasl.server.max.receive.size=8192\n"
            "max.connections=2000\n"
            f"sasl.mechanism.inter.broker.protocol={MECHANISM}\n"
            f"sasl.mechanism.controller.protocol={MECHANISM}\n"
            f"{self._module(clients, {BROKER: self.broker_password, CLIENT: self.password})}"
            f"{self._module(controllers, {BROKER: self.broker_password})}"
        )

    def client_options(self) -> dict[str, str]:
        """The same as options of kafka-python's clients."""
        return {
            "security_protocol": SECURITY,
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": CLIENT,
            "sasl_plain_password": self.password,
        }

    def _module(self, listener: str, users: dict[str, str]) -> str:
        known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
        return (
            f"listener.name.{listener.lower()}.plain.sasl.jaas.config="
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{BROKER}" password="{self.broker_password}" {known};\n'
        )
