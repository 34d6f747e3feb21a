"""The embedded Kafka lets in who has a password, on each of its listeners, and keeps it out of sight."""

from stack.kafka_logins import Logins

LOGINS = Logins("of the processes", "of the brokers")


def test_both_listeners_want_a_login() -> None:
    lines = LOGINS.broker_settings("CLIENTS", "CONTROLLER").splitlines()
    assert lines[0] == "listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT"
    modules = [line for line in lines if ".plain.sasl.jaas.config=" in line]
    assert [line.partition(".plain")[0] for line in modules] == [
        "listener.name.clients",
        "listener.name.controller",
    ]


def test_the_processes_know_no_way_to_the_controllers() -> None:
    clients, controllers = (
        line for line in LOGINS.broker_settings("CLIENTS", "CONTROLLER").splitlines() if "jaas" in line
    )
    assert 'user_leadtrace="of the processes"' in clients
    assert "of the processes" not in controllers
    assert 'user_broker="of the brokers"' in controllers


def test_logins_are_not_printed() -> None:
    assert repr(LOGINS) == "Logins(...)"
