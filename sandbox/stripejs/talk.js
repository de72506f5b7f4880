/*
 * The frame's half of the talk with the page.
 *
 * The first message from the window that embeds us tells its origin, and from then on only
 * that window and that origin are heard and answered.
 */
const MARK = "sandbox-stripejs";
let pageOrigin = null;

/** `answers` maps a question or a notice of the page to a function of its body. */
export function listen(answers) {
  addEventListener("message", async (event) => {
    if (event.source !== window.parent || event.data?.from !== MARK) return;
    if (pageOrigin === null && event.data.kind === "setup") pageOrigin = event.origin;
    if (event.origin !== pageOrigin) return;
    const { kind, id, body } = event.data;
    const answer = await answers[kind]?.(body);
    if (id !== undefined) send({ kind: "answer", id, body: answer });
  });
}

export function tell(kind, body = null) {
  send({ kind, body });
}

function send(message) {
  if (pageOrigin !== null) window.parent.postMessage({ from: MARK, ...message }, pageOrigin);
}
