// The visitor's story, told by Snowplow's tracker for Node.
const { buildFormSubmission, buildPageView, buildStructEvent, newTracker } = require("@snowplow/node-tracker");

const [url, key, landing] = process.argv.slice(2);
let sent = 0;
const emitter = { endpoint: url, bufferSize: 3, onRequestSuccess: (events) => { sent += events.length; } };
const tracker = newTracker({ namespace: "site", appId: key }, emitter);
tracker.setDomainUserId("d1");
tracker.track(buildPageView({ pageUrl: landing, pageTitle: "申请试用" }));
const elements = [{ name: "email", value: "wang@acme.cn", nodeName: "INPUT", type: "email" }];
tracker.track(buildFormSubmission({ formId: "trial", formClasses: [], elements }));
tracker.setUserId("u1");
tracker.track(buildStructEvent({ category: "plan", action: "chosen", label: "pro" }));

const until = Date.now() + 30000;
const flushing = setInterval(() => {
  if (sent >= 3 || Date.now() > until) {
    clearInterval(flushing);
    process.exitCode = sent >= 3 ? 0 : 1;
  } else {
    tracker.flush();
  }
}, 300);
