"""The visitor's story, told by PostHog's SDK for Python."""

import sys

from posthog import Posthog

url, key, landing = sys.argv[1:]
device = "01a2002b-921f-70c3-aae1-55fb19eff4d2"  # as a browser's SDK makes it
failed: list[object] = []
client = Posthog(key, host=url, on_error=lambda *told: failed.append(told))
client.capture("$pageview", distinct_id=device, properties={"$current_url": landing, "title": "申请试用"})
client.capture("form submitted", distinct_id=device, properties={"form_id": "trial", "email": "wang@acme.cn"})
client.alias(device, "u1")
client.capture("plan chosen", distinct_id="u1", properties={"plan": "pro"})
client.flush()
client.shutdown()
sys.exit(repr(failed) if failed else 0)
