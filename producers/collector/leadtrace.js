// Leadtrace's tag: tells the collector that served it what happens on a page. docs/tag.md says how to use it.
//
//   <script async src="https://collect.example.com/leadtrace.js" data-key="WRITE_KEY"></script>
//
// producers/collector/tag.py serves it without comments, indentation and the blanks around signs: comments have
// lines of their own, texts stand in double quotes.
(() => {
  const script = document.currentScript;
  const set = script.dataset;
  const early = window.leadtrace || {};
  if (early.runs) return;
  window.leadtrace = () => {};
  if (navigator.globalPrivacyControl || navigator.doNotTrack == 1) return;

  const NAME = "_leadtrace";
  const QUEUE = "_leadtrace_queue";
  const endpoint = script.src.replace(/leadtrace\.js.*/, "v1/events");
  const collector = new URL(endpoint).hostname;
  const listen = (names, act) => names.split(" ").forEach((name) => addEventListener(name, act, true));
  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join("");

  // Where storage is forbidden, what is kept lasts as long as the page.
  let storage = {};
  try {
    storage = localStorage;
  } catch (error) {}

  // Who: a cookie for all hosts of the site, for 400 days; or storage, where there can be none.
  let id, linked, site;
  const within = (host, domain) => ("." + host).endsWith("." + domain);
  const bake = (pair, seconds) => {
    const parts = location.hostname.split(".");
    // No browser takes a cookie for "com" or "com.cn": the first domain that works is that of the site.
    for (let from = parts.length; from-- && set.store != "storage"; ) {
      const domain = parts.slice(from).join(".");
      const rest = ";path=/;samesite=lax;max-age=" + seconds + (location.protocol == "https:" ? ";secure" : "");
      document.cookie = pair + ";domain=" + domain + rest;
      if (document.cookie.includes(pair)) return domain;
    }
  };
  const know = () => {
    if (id) return;
    const [, baked] = document.cookie.match("\\b" + NAME + "=([\\w-]+)") || [];
    id = baked || storage[NAME] || linked || random();
    site = bake(NAME + "_site=" + random(), 1);
    // What the collector has set for 400 days, Safari would cut to the 7 of what a script sets.
    if (!site) storage[NAME] = id;
    else if (!baked || !within(collector, site)) bake(NAME + "=" + id, 34560000);
  };
  const forget = () => {
    id = linked = 0;
    delete storage[QUEUE];
    delete storage[NAME];
    bake(NAME + "=-", 0);
  };

  // What is told stays in the queue until the collector has taken it: the same id twice is one event.
  const queued = () => JSON.parse(storage[QUEUE] || "[]");
  const queue = (events) => (storage[QUEUE] = JSON.stringify(events.slice(-200)));
  let timer;
  let failures = 0;
  const flying = new Set();
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(send, ms);
  };
  const send = () => {
    let size = 0;
    const events = queued().filter(
      (event) => !flying.has(event.id) && (size += JSON.stringify(event).length) < 20000
    );
    const ids = events.map((event) => event.id);
    if (!ids[0]) return;
    ids.forEach((each) => flying.add(each));
    const done = (status) => {
      ids.forEach((each) => flying.delete(each));
      if (!status || status > 499 || status == 429) return later(5000 * 2 ** Math.min(failures++, 8));
      failures = 0;
      queue(queued().filter((event) => !ids.includes(event.id)));
      later();
    };
    fetch(endpoint, {
      method: "POST",
      body: JSON.stringify({ write_key: set.key, sent_at: Date.now(), events }),
      keepalive: true,
      // On the same site the collector makes the cookie last.
      credentials: within(collector, site) ? "include" : "omit",
    }).then((answer) => done(answer.status), () => done());
  };

  // Whether: without consent everything is held, and forgotten if it is refused.
  const NEVER = { push() {}, forEach() {} };
  let held = "consent" in set && [];
  const page = {};
  const tell = (type, more) => {
    const event = { type, id: random(), occurred_at: Date.now(), ...page, ...more };
    if (held) return held.push(event);
    know();
    event.anonymous_id = id;
    if (linked && linked != id) event.linked_id = linked;
    linked = 0;
    if (JSON.stringify(event).length < 20000) queue(queued().concat(event));
    failures || later();
  };
  const track = (name, attributes) => tell("custom_tracked", { name, attributes });

  // Where, and for how long: the page as it was shown, whatever is written into the address bar later.
  let shown, since, spent, deepest, told;
  const key = () => location.pathname + location.search + ("hash" in set ? location.hash : "");
  const clock = () => {
    const now = performance.now();
    if (since) spent += now - since;
    since = document.visibilityState == "visible" && document.hasFocus() && now;
  };
  const leave = () => {
    clock();
    if (spent > 99) tell("page_engaged", { dwell_ms: Math.round(Math.min(spent, 1800000)) });
    spent = 0;
    if (deepest > told) track("scroll", { value: (told = deepest) });
  };
  const view = (url, referrer) => {
    page.url = url;
    page.referrer = referrer;
    page.title = document.title;
    shown = key();
    spent = deepest = told = 0;
    tell("page_viewed");
  };
  const moved = () => {
    if (shown == key()) return;
    leave();
    view(location.href, page.url);
  };

  // Own other sites: a link carries the id for five minutes, and counts only if one of them led here.
  const isOwn = (host) => (set.domains || "").split(",").some((own) => own && within(host, own));
  const without = (names, url) =>
    url.replace(RegExp("([?&])lt_(" + names + ")=[^&#]*&?", "g"), "$1").replace(/[?&](?=#|$)/, "");
  const landing = () => {
    // An application may have rewritten the address already.
    const [entry] = performance.getEntriesByType("navigation");
    const loaded = entry ? entry.name.split("#")[0] : "";
    const url = loaded.startsWith(location.origin) ? loaded + location.hash : location.href;
    const [, token, at] = url.match(/[?&]lt_id=([\w-]{8,64})\.(\w+)/) || [];
    const age = Date.now() - parseInt(at, 36);
    if (age >= 0 && age < 300000 && document.referrer && isOwn(new URL(document.referrer).hostname)) linked = token;
    // Whoever is sent this address shall not come as this visitor.
    const bare = without("id|click", location.href);
    if (bare != location.href) history.replaceState(history.state, "", bare);
    return without("id", url);
  };

  const clicked = (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !/^http/.test(link.protocol) || event.button > 1) return;
    const file = link.pathname.split("/").pop();
    if (link.hasAttribute("download") || /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|dmg|exe|msi|apk|mp[34])$/i.test(file))
      track("download", { file });
    else if (within(link.hostname, site || location.hostname)) return;
    else if (!isOwn(link.hostname)) track("outbound", { label: link.origin + link.pathname });
    else if (!held) {
      know();
      const token = "lt_id=" + id + "." + Date.now().toString(36);
      link.href = without("id", link.href).replace(/(\?[^#]*)?(?=#|$)/, (query) => (query ? query + "&" : "?") + token);
    }
    send();
  };

  // Forms that ask for it, and of these only fields that say to be the visitor's own: docs/tag.md lists them.
  const FIELDS = { email: "email", tel: "phone", organization: "company" };
  const submitted = ({ target }) => {
    const form = target.dataset.leadtrace;
    if (form === undefined) return;
    const attributes = {};
    for (const field of target.elements) {
      const name = field.dataset.leadtrace || FIELDS[field.autocomplete] || FIELDS[field.type];
      const isGiven = /radio|checkbox/.test(field.type) ? field.checked : !/password|file/.test(field.type);
      if (name && isGiven && field.value) attributes[name] = field.value;
    }
    tell("form_submitted", { form, attributes });
    send();
  };

  const commands = {
    track,
    reset: forget,
    page() {
      shown = 0;
      moved();
    },
    identify(attributes) {
      const { user_id, email, phone } = attributes;
      tell("visitor_identified", { user_id, email, phone, attributes });
    },
    consent(given) {
      const waiting = held || [];
      held = given ? 0 : NEVER;
      if (!given) forget();
      else waiting.forEach((event) => tell(event.type, event));
    },
  };
  window.leadtrace = (name, ...given) => commands[name] && commands[name](...given);
  window.leadtrace.runs = 1;

  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = (...given) => {
      const path = location.pathname;
      original.apply(history, given);
      // An address that is only tidied up is no new page.
      if (name == "replaceState" && path == location.pathname) shown = key();
      else setTimeout(moved);
    };
  }
  listen("popstate hashchange", () => setTimeout(moved));
  listen("click auxclick", clicked);
  listen("submit", submitted);
  listen("focus blur", clock);
  listen("online", () => later());
  listen("scroll", () => {
    const part = (scrollY + innerHeight) / document.documentElement.scrollHeight;
    deepest = Math.max(deepest, Math.min(Math.floor(part * 4 + 0.04), 4) * 25);
  });
  listen("visibilitychange pagehide", () => {
    leave();
    send();
  });
  // Whoever comes back to a page that the browser kept sees it again.
  listen("pageshow", (event) => event.persisted && view(location.href, page.url));

  const start = () => {
    view(landing(), document.referrer);
    clock();
    (early.q || []).forEach((given) => leadtrace(...given));
  };
  // A page that the browser has made ready beforehand may never be shown.
  document.prerendering ? document.addEventListener("prerenderingchange", start) : start();
})();

