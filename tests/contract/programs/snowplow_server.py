"""The visitor's story, told by Snowplow's tracker for Python."""

import sys
import time

from snowplow_tracker import Emitter, SelfDescribingJson, Subject, Tracker
from snowplow_tracker.events import PageView, SelfDescribing, StructuredEvent

url, key, landing = sys.argv[1:]
emitter = Emitter(url, protocol="http", batch_size=3)
subject = Subject()
subject.set_domain_user_id("d1")
tracker = Tracker("site", emitters=emitter, subject=subject, app_id=key)
form = {
    "formId": "trial",
    "formClasses": [],
    "elements": [{"name": "email", "value": "wang@acme.cn", "nodeName": "INPUT", "type": "email"}],
}
tracker.track(PageView(page_url=landing, page_title="申请试用"))
schema = "iglu:com.snowplowanalytics.snowplow/submit_form/jsonschema/1-0-0"
tracker.track(SelfDescribing(SelfDescribingJson(schema, form)))
subject.set_user_id("u1")
tracker.track(StructuredEvent(category="plan", action="chosen", label="pro"))
until = time.monotonic() + 30
while emitter.event_store.size():
    if time.monotonic() > until:
        sys.exit("the events were not sent")
    time.sleep(0.1)
    emitter.flush()
