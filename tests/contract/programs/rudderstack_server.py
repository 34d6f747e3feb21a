"""The visitor's story, told by RudderStack's SDK for Python."""

import sys

from rudderstack.analytics.client import Client

url, key, landing = sys.argv[1:]
failed: list[object] = []
client = Client(key, host=url, on_error=lambda *told: failed.append(told))
client.page(anonymous_id="a1", name="Demo", properties={"url": landing, "title": "申请试用"})
client.track(
    anonymous_id="a1", event="Form Submitted", properties={"form_id": "trial", "email": "wang@acme.cn"}
)
client.identify(user_id="u1", anonymous_id="a1", traits={"email": "wang@acme.cn"})
client.track(user_id="u1", event="Plan chosen", properties={"plan": "pro"})
client.flush()
client.join()
sys.exit(repr(failed) if failed else 0)
