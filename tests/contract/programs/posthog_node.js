// The visitor's story, told by PostHog's SDK for Node.
const { PostHog } = require("posthog-node");

const [url, key, landing] = process.argv.slice(2);
const device = "01a2002b-921f-70c3-aae1-55fb19eff4d2"; // as a browser's SDK makes it
const client = new PostHog(key, { host: url });
client.on("error", (error) => { console.error(error); process.exitCode = 1; });
client.capture({ distinctId: device, event: "$pageview", properties: { $current_url: landing, title: "申请试用" } });
client.capture({ distinctId: device, event: "form submitted", properties: { form_id: "trial", email: "wang@acme.cn" } });
client.alias({ distinctId: device, alias: "u1" });
client.capture({ distinctId: "u1", event: "plan chosen", properties: { plan: "pro" } });
client.shutdown();
