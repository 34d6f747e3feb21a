"""The visitor's story, told by Sensors Data's (神策) SDK for Python."""

import sys

import sensorsanalytics

url, key, landing = sys.argv[1:]
consumer = sensorsanalytics.BatchConsumer(f"{url}/sa?project=default&token={key}", max_size=50)
sensors = sensorsanalytics.SensorsAnalytics(consumer)
sensors.track("a1", "$pageview", {"$url": landing, "$title": "申请试用"})
sensors.track("a1", "SubmitForm", {"form_id": "trial", "email": "wang@acme.cn"})
sensors.track_signup("u1", "a1")
sensors.track("u1", "PlanChosen", {"plan": "pro"}, is_login_id=True)
sensors.profile_set("u1", {"company": "示例科技"}, is_login_id=True)
try:
    sensors.flush()
except sensorsanalytics.SensorsAnalyticsNetworkException:
    sensors.flush()  # it keeps what was not confirmed, and leaves it to the program to try again
