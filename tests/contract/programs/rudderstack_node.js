// The visitor's story, told by RudderStack's SDK for Node.
const Analytics = require("@rudderstack/rudder-sdk-node");

const [url, key, landing] = process.argv.slice(2);
const analytics = new Analytics(key, { dataPlaneUrl: url, flushInterval: 100 });
analytics.page({ anonymousId: "a1", name: "Demo", properties: { url: landing, title: "申请试用" } });
analytics.track({ anonymousId: "a1", event: "Form Submitted", properties: { form_id: "trial", email: "wang@acme.cn" } });
analytics.identify({ userId: "u1", anonymousId: "a1", traits: { email: "wang@acme.cn" } });
analytics.track({ userId: "u1", event: "Plan chosen", properties: { plan: "pro" } });
analytics.flush();
