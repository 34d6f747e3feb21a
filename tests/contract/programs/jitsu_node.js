// The visitor's story, told by Jitsu's SDK in Node.
const { jitsuAnalytics } = require("@jitsu/js");

const [url, key, landing] = process.argv.slice(2);
const jitsu = jitsuAnalytics({ host: url, writeKey: `site:${key}`, s2s: true });

async function tell() {
  await jitsu.page({ url: landing, title: "申请试用" });
  await jitsu.track("Form Submitted", { form_id: "trial", email: "wang@acme.cn" });
  await jitsu.identify("u1", { email: "wang@acme.cn" });
  await jitsu.track("Plan chosen", { plan: "pro" });
}
tell();
