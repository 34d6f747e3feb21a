"""What a web page in a browser on this machine gets of the embedded ClickHouse: nothing that it may read."""

import http.client
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from stack import embedded

pytestmark = pytest.mark.servers

PAGE = "http://page.example"


def ask(
    stack: embedded.Stack, method: str = "GET", host: str = "", path: str = "/", **parameters: str
) -> http.client.HTTPResponse:
    """Ask as the BI user, from a page of another site."""
    given = stack.addresses
    told = {"user": given.bi_user, "password": given.bi_password, "query": "SELECT 1", **parameters}
    connection = http.client.HTTPConnection(given.clickhouse_http, timeout=10)
    connection.putrequest(method, f"{path}?{urlencode(told)}", skip_host=True)
    connection.putheader("Host", host or given.clickhouse_http)
    connection.putheader("Origin", PAGE)
    connection.putheader("Access-Control-Request-Method", "POST")
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    return connection.getresponse()


@pytest.mark.parametrize(
    "parameters", [{}, {"add_http_cors_header": "1"}, {"query": "SELECT no_such_column"}]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_answer_is_opened_to_a_page(
    stack: embedded.Stack, method: str, parameters: dict[str, str]
) -> None:
    answer = ask(stack, method, **parameters)
    assert answer.headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 200), ("localhost:4711", 200), ("page.example", 404), ("127.0.0.1.page.example", 404),
     ("localhost.page.example:8123", 404), ("page.example#localhost", 404)],
)  # fmt: skip
def test_a_name_that_only_points_here_is_not_served(stack: embedded.Stack, host: str, status: int) -> None:
    assert ask(stack, host=host).status == status


def test_no_answer_is_written_to_a_file(stack: embedded.Stack) -> None:
    answer = ask(stack, query="SELECT 1 INTO OUTFILE '/tmp/an-answer'")
    assert b"INTO OUTFILE is not allowed" in answer.read()


def test_no_answer_gets_headers_that_open_it(stack: embedded.Stack) -> None:
    answer = ask(stack, http_response_headers=f"{{'Access-Control-Allow-Origin': '{PAGE}'}}")
    assert answer.status == 500
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_the_servers_own_page_asks_as_the_bi_user(stack: embedded.Stack) -> None:
    page = ask(stack, path="/play")
    assert b"add_http_cors_header=1" in page.read()
    asked = {
        "add_http_cors_header": "1", "enable_http_compression": "1", "use_query_cache": "1",
        "enable_reads_from_query_cache": "0", "enable_writes_to_query_cache": "1", "query_cache_ttl": "600",
        "query_cache_nondeterministic_function_handling": "save",
        "query_cache_system_table_handling": "ignore",
        "extremes": "1", "framing_output_format": "EventStream", "send_logs_level": "trace",
        "default_format": "JSON",
    }  # fmt: skip
    assert ask(stack, "POST", **asked).status == 200


def test_tools_go_on_with_their_sessions_side_by_side(stack: embedded.Stack) -> None:
    def three_questions(session: str) -> list[bytes]:
        asked = {"session_id": session, "query": "SELECT sleep(0.2)"}
        return [ask(stack, **asked).read() for _ in range(3)]

    with ThreadPoolExecutor(4) as tools:
        answered = list(tools.map(three_questions, [uuid.uuid4().hex for _ in range(4)]))
    assert answered == [[b"0\n"] * 3] * 4
