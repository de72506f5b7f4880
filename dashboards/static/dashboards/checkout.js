// The checkout: Stripe's card form, one button, and waiting until our books say that it is paid.
// Success is never shown on Stripe's word in the browser, only on the webhook's, which the books follow.
(() => {
  "use strict";

  const POLL_MS = 1000;
  const POLL_SLOWLY_MS = 5000;
  const STILL_AFTER_MS = 30_000;
  const TAKEN = ["succeeded", "processing", "requires_capture"];

  const form = document.getElementById("checkout");
  const button = document.getElementById("pay");
  const notice = document.getElementById("notice");
  const outcome = document.getElementById("outcome");
  const told = JSON.parse(document.getElementById("for-script").textContent);
  const label = button.textContent;

  if (typeof window.Stripe !== "function") {
    explain(document.getElementById("no-card-form").content.textContent.trim());
    return;
  }
  const stripe = window.Stripe(told.publishableKey, { locale: told.locale });
  let elements = null;
  begin();

  async function begin() {
    const { paymentIntent } = await stripe.retrievePaymentIntent(told.clientSecret);
    if (form.dataset.processing === "true" || TAKEN.includes(paymentIntent?.status)) {
      wait();
      return;
    }
    showForm();
  }

  function showForm() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    elements = stripe.elements({
      clientSecret: told.clientSecret,
      locale: told.locale,
      appearance: { theme: dark ? "night" : "stripe" },
    });
    const card = elements.create("payment");
    card.on("ready", () => { button.disabled = false; });
    card.on("loaderror", () => explain(document.getElementById("no-card-form").content.textContent.trim()));
    form.hidden = false;
    card.mount("#card");
    form.addEventListener("submit", pay);
  }

  async function pay(event) {
    event.preventDefault();
    if (button.disabled) return;
    setPaying(true);
    notice.hidden = true;
    const answer = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: location.origin + location.pathname },
      redirect: "if_required",
    });
    if (!answer.error) wait();
    else if (TAKEN.includes(answer.error.payment_intent?.status)) wait();
    else refuse(answer.error);
  }

  function refuse(error) {
    setPaying(false);
    // The card form itself points at the field that is not filled in.
    if (error.type === "validation_error") return;
    explain(`${told.nothingCharged} ${sentenceFor(error)}`);
  }

  function sentenceFor(error) {
    const known = told.declines[error.decline_code] ?? told.declines[error.code];
    return known ?? (error.type === "card_error" ? told.declines["*"] : error.message ?? told.declines["*"]);
  }

  function explain(sentence) {
    notice.firstElementChild.textContent = sentence;
    notice.hidden = false;
    notice.focus();
  }

  function setPaying(paying) {
    button.disabled = paying;
    button.textContent = paying ? button.dataset.paying : label;
    form.setAttribute("aria-busy", String(paying));
  }

  function wait() {
    form.hidden = true;
    notice.hidden = true;
    const title = document.getElementById("title");
    title.textContent = title.dataset.afterwards;
    for (const id of ["deadline", "card-note"]) document.getElementById(id)?.remove();
    show(document.getElementById("confirming").content.cloneNode(true));
    look(Date.now(), false);
  }

  async function look(began, saidStill) {
    const part = await fetchState();
    const state = part?.querySelector("[data-case]").dataset.case;
    if (state && state !== "confirming" && (state !== "declined" || (await isOpenAtStripe()))) {
      show(part);
      return;
    }
    const late = Date.now() - began > STILL_AFTER_MS;
    if (late && !saidStill) show(document.getElementById("still-confirming").content.cloneNode(true));
    setTimeout(() => look(began, late), late ? POLL_SLOWLY_MS : POLL_MS);
  }

  // Our books may still hold the decline of an earlier try: Stripe knows whether this one was declined too.
  async function isOpenAtStripe() {
    const { paymentIntent } = await stripe.retrievePaymentIntent(told.clientSecret);
    return paymentIntent?.status === "requires_payment_method";
  }

  async function fetchState() {
    try {
      const answer = await fetch(form.dataset.stateUrl, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) return null;
      const template = document.createElement("template");
      template.innerHTML = await answer.text();
      return template.content;
    } catch {
      return null; // No connection just now: the next look may have one.
    }
  }

  function show(part) {
    outcome.replaceChildren(part);
  }
})();
