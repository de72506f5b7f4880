// The page stays as true as when it was opened: told by the server that something changed, it fetches itself
// anew and shows what is new. Nobody is disturbed: what somebody points at, types into or has open stays.
(() => {
  "use strict";

  const GATHER_MS = 50;
  const AT_MOST_EVERY_MS = 1000;
  const SILENT_AFTER_MS = 30_000;
  const SLOWLY_MS = 30_000;
  const AGAIN_MS = 2000;

  const pill = document.getElementById("live");
  const show = document.getElementById("live-show");
  const said = document.getElementById("live-said");
  let source = null;
  let knownAt = pill.dataset.knownAt;
  let heardAt = 0;
  let fetchedAt = 0;
  let waiting = null;
  let newer = null;
  let slowly = false;
  let stale = false;

  pill.hidden = false;
  show.addEventListener("click", () => { put(newer); document.getElementById("main").focus(); });
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  setInterval(tick, 1000);
  if (!document.hidden) listen();

  function listen() {
    if (source || slowly) return;
    source = new EventSource(`${pill.dataset.stream}?since=${encodeURIComponent(knownAt)}`);
    source.onopen = () => { heardAt = Date.now(); say("live"); };
    source.onerror = () => {
      say("away");
      if (source?.readyState === EventSource.CLOSED) {
        rest();
        setTimeout(() => { if (!document.hidden) listen(); }, AGAIN_MS);
        look();
      }
    };
    source.addEventListener("beat", hear);
    source.addEventListener("changed", (event) => { hear(event); soon(); });
    source.addEventListener("moved", () => { rest(); setTimeout(listen, AGAIN_MS / 4); });
    source.addEventListener("signed_out", () => location.reload());
    source.addEventListener("full", () => { rest(); slowly = true; say("slow"); });
  }

  function rest() {
    source?.close();
    source = null;
  }

  function hear(event) {
    heardAt = Date.now();
    if (event.lastEventId) knownAt = event.lastEventId;
    say("live");
  }

  function tick() {
    if (document.hidden) return;
    if (slowly && Date.now() - fetchedAt > SLOWLY_MS) look();
    if (stale && !waiting && Date.now() - fetchedAt > AGAIN_MS) look();
    if (source && heardAt && Date.now() - heardAt > SILENT_AFTER_MS) say("away");
    if (newer && !isBusy()) put(newer);
  }

  function say(state) {
    for (const one of pill.querySelectorAll("[data-state]")) one.hidden = one.dataset.state !== state;
    pill.dataset.is = state;
  }

  // At once, and then not more than once a second.
  function soon() {
    stale = true;
    if (waiting) return;
    const wait = Math.max(GATHER_MS, fetchedAt + AT_MOST_EVERY_MS - Date.now());
    waiting = setTimeout(() => { waiting = null; look(); }, wait);
  }

  async function look() {
    fetchedAt = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
      if (answer.redirected) { location.reload(); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
      stale = false;
      if (!page || same(page)) newer = null;
      else if (isBusy()) newer = page;
      else put(page);
      show.hidden = !newer;
    } catch {
      say("away"); // No connection just now: it is tried again.
    }
  }

  // A form's token is another one each time, and says nothing.
  function same(page) {
    const bare = (main) => main.innerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
    return bare(page) === bare(document.getElementById("main"));
  }

  function isBusy() {
    const main = document.getElementById("main");
    const chosen = getSelection();
    return main.contains(document.activeElement) && document.activeElement !== main
      || main.querySelector("tbody tr:hover, .dues li:hover, a:hover, button:hover, summary:hover, dialog[open]") !== null
      || (chosen !== null && !chosen.isCollapsed && main.contains(chosen.anchorNode));
  }

  function put(page) {
    const main = document.getElementById("main");
    const open = [...main.querySelectorAll("details")].map((one) => one.open);
    main.replaceChildren(...page.childNodes);
    [...main.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? one.open; });
    newer = null;
    show.hidden = true;
    said.textContent = "";
    setTimeout(() => { said.textContent = said.dataset.says; }, GATHER_MS);
  }
})();
