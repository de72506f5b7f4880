// The page stays as true as when it was opened: told by the server that something changed, it fetches itself
// anew and shows what is new. Nobody is disturbed: what somebody points at, types into or has open stays.
(() => {
  "use strict";

  const GATHER_MS = 50;
  const AT_MOST_EVERY_MS = 1000;
  const SILENT_AFTER_MS = 12_000;
  const SLOWLY_MS = 30_000;
  const AGAIN_MS = 2000;
  const ANSWER_WITHIN_MS = 10_000;
  const STILL_AFTER_MS = 1500;

  const pill = document.getElementById("live");
  const show = document.getElementById("live-show");
  const said = document.getElementById("live-said");
  let knownAt = pill.dataset.knownAt;
  let source = null;
  let heardAt = 0;
  let movedAt = 0;
  let lookedAt = 0;
  let isOwed = false; // Something changed, and no answer has shown it yet.
  let isLooking = false;
  let isSlow = false;
  let isPressed = false;
  let newer = null;

  pill.hidden = false;
  show.addEventListener("click", () => { if (newer) put(newer); });
  document.addEventListener("visibilitychange", () => {
    isSlow = false;
    if (document.hidden) rest();
    else listen();
  });
  for (const kind of ["pointerdown", "touchstart"]) watchFor(kind, () => { isPressed = true; });
  for (const kind of ["pointerup", "pointercancel", "touchend", "touchcancel"]) watchFor(kind, () => { isPressed = false; });
  for (const kind of ["touchmove", "scroll"]) watchFor(kind, () => {});
  setInterval(tick, 1000);
  listen();

  function watchFor(kind, note) {
    document.addEventListener(kind, () => { movedAt = Date.now(); note(); }, { capture: true, passive: true });
  }

  function listen() {
    if (source || isSlow || document.hidden) return;
    heardAt = Date.now();
    source = new EventSource(`${pill.dataset.stream}?since=${encodeURIComponent(knownAt)}`);
    source.onopen = hear;
    source.onerror = () => {
      say("away");
      if (source?.readyState === EventSource.CLOSED) again(AGAIN_MS);
    };
    source.addEventListener("beat", hear);
    source.addEventListener("changed", (event) => { owe(); hear(event); });
    source.addEventListener("moved", () => again(AGAIN_MS / 4));
    source.addEventListener("signed_out", () => location.reload());
    source.addEventListener("full", () => { rest(); isSlow = true; say("slow"); });
  }

  function rest() {
    source?.close();
    source = null;
  }

  // Whoever may not listen any more is shown the sign-in when the page looks.
  function again(afterMs) {
    rest();
    owe();
    setTimeout(listen, afterMs);
  }

  // While something is owed, the page does not know everything up to now.
  function hear(event) {
    heardAt = Date.now();
    if (event.lastEventId && !isOwed) knownAt = event.lastEventId;
    if (!isOwed || lookedAt === 0) say("live");
  }

  function say(state) {
    for (const one of pill.querySelectorAll("[data-state]")) one.hidden = one.dataset.state !== state;
    pill.dataset.is = state;
  }

  function owe() {
    if (isOwed) return;
    isOwed = true;
    setTimeout(look, Math.max(GATHER_MS, lookedAt + AT_MOST_EVERY_MS - Date.now()));
  }

  function tick() {
    if (document.hidden) return;
    const restedMs = Date.now() - lookedAt;
    if (isSlow && restedMs > SLOWLY_MS) isOwed = true;
    if (isOwed && restedMs > AGAIN_MS) look();
    if (source && Date.now() - heardAt > SILENT_AFTER_MS) { say("away"); rest(); listen(); }
    if (newer && !isBusy()) put(newer);
  }

  // One at a time: what changes while an answer is under way is looked at after it.
  async function look() {
    if (isLooking || !isOwed || document.hidden) return;
    isLooking = true;
    isOwed = false;
    lookedAt = Date.now();
    try {
      const headers = { "X-Requested-With": "fetch" };
      const answer = await fetch(location.href, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
      if (answer.redirected) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      say(isSlow ? "slow" : source?.readyState === EventSource.OPEN ? "live" : "away");
    } catch {
      isOwed = true; // It is tried again, and until then the page is not what it should be.
      say("away");
    } finally {
      isLooking = false;
      if (isOwed && pill.dataset.is !== "away") setTimeout(look, AT_MOST_EVERY_MS);
    }
  }

  function take(page) {
    const main = page.getElementById("main");
    knownAt = page.getElementById("live")?.dataset.knownAt ?? knownAt;
    if (!main || bare(main) === bare(document.getElementById("main"))) newer = null;
    else if (isBusy()) newer = main;
    else { put(main); return; }
    show.hidden = !newer;
  }

  // A form's token is another one each time, and says nothing.
  function bare(main) {
    return main.innerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]*/g, "$1");
  }

  function isBusy() {
    const main = document.getElementById("main");
    const focus = document.activeElement;
    const chosen = getSelection();
    return isPressed || Date.now() - movedAt < STILL_AFTER_MS
      || (main.contains(focus) && focus !== main)
      || main.querySelector("tbody tr:hover, .dues li:hover, a:hover, button:hover, summary:hover, dialog[open]") !== null
      || [...main.querySelectorAll("input:not([type=hidden]), textarea")].some((one) => one.value !== one.defaultValue)
      || [...main.querySelectorAll("option")].some((one) => one.selected !== one.defaultSelected && one.defaultSelected)
      || (chosen !== null && !chosen.isCollapsed && main.contains(chosen.anchorNode));
  }

  function put(page) {
    const main = document.getElementById("main");
    const open = [...main.querySelectorAll("details")].map((one) => one.open);
    main.replaceChildren(...page.childNodes);
    [...main.querySelectorAll("details")].forEach((one, place) => { one.open = open[place] ?? one.open; });
    if (document.activeElement === show) main.focus();
    newer = null;
    show.hidden = true;
    said.textContent = "";
    setTimeout(() => { said.textContent = said.dataset.says; }, GATHER_MS);
  }
})();
