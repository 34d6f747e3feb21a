// The visitor's story, told by Matomo's tracker for Node. It sends nothing again, and reads no answer.
const http = require("http");
const MatomoTracker = require("matomo-tracker");

http.globalAgent = new http.Agent({ keepAlive: false }); // or Node waits for the idle connection's end

const [url, key, landing] = process.argv.slice(2);
const matomo = new MatomoTracker(key, `${url}/matomo.php`);
const visitor = { _id: "0123456789abcdef", uid: "wang@acme.cn" };
matomo.track({ ...visitor, url: landing, action_name: "申请试用" });
matomo.trackBulk([
  { ...visitor, url: landing, e_c: "Form", e_a: "Submit", e_n: "trial" },
  { ...visitor, url: landing, e_c: "plan", e_a: "chosen", e_n: "pro" },
  { ...visitor, url: landing, ping: 1 },
]);
