/*
 * The page's side of the sandbox's Stripe.js.
 *
 * It defines window.Stripe and draws nothing itself: the card form and the bank's
 * challenge live in frames served from the sandbox, so that a card number never
 * exists in the document of the shop. No style or script is written into the page,
 * only sizes are set, which a strict content security policy allows.
 */
(() => {
  "use strict";

  const SANDBOX = new URL(document.currentScript.src).origin;
  const ANSWER_MS = 90_000;
  const READY_MS = 15_000;
  const FIRST_HEIGHT_PX = 263;
  /** The frame is this much larger on each side, so that a focus ring is not cut off at its edge. */
  const RING_PX = 4;

  /** What belongs to an Elements object and is nobody else's business. */
  const insides = new WeakMap();
  /** Client secrets with a confirmation under way: a second click finds its own here. */
  const confirming = new Set();

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  function Stripe(publishableKey, options = {}) {
    if (typeof publishableKey !== "string" || !publishableKey.startsWith("pk_test_")) {
      throw new IntegrationError("Stripe() takes a publishable key of the test world: pk_test_…");
    }
    const caller = {
      publishableKey,
      stripeAccount: options.stripeAccount ?? null,
      apiVersion: options.apiVersion ?? null,
      locale: options.locale ?? "auto",
    };
    return {
      elements: (wanted = {}) => makeElements(caller, wanted),
      confirmPayment: (wanted = {}) => confirmPayment(caller, wanted),
      handleNextAction: (wanted = {}) => handleNextAction(caller, wanted),
      retrievePaymentIntent: (clientSecret) => retrievePaymentIntent(caller, clientSecret),
      createPaymentMethod: (wanted = {}) => createPaymentMethod(wanted),
    };
  }
  Stripe.version = "endive";

  /* Elements */

  function makeElements(caller, { clientSecret = null, appearance = {}, locale = caller.locale }) {
    const inside = { caller, clientSecret, appearance, locale: spoken(locale), payment: null };
    const elements = {
      create(type, options = {}) {
        if (type !== "payment") {
          throw new IntegrationError(`The sandbox serves the element 'payment' and no '${type}'.`);
        }
        if (inside.payment) {
          throw new IntegrationError("Can only create one Element of type payment.");
        }
        inside.payment = new PaymentElement(inside, options);
        return inside.payment.handle;
      },
      getElement: (type) => (type === "payment" && inside.payment ? inside.payment.handle : null),
      submit: () => mounted(inside).ask("submit"),
      async fetchUpdates() {
        const { error } = await retrievePaymentIntent(caller, inside.clientSecret);
        return error ? { error } : {};
      },
      update(changes = {}) {
        inside.appearance = changes.appearance ?? inside.appearance;
        inside.locale = changes.locale ? spoken(changes.locale) : inside.locale;
        inside.payment?.redress();
      },
    };
    insides.set(elements, inside);
    return elements;
  }

  function mounted(inside) {
    if (!inside?.payment?.frame) {
      throw new IntegrationError("Mount the payment element before paying with it.");
    }
    return inside.payment.frame;
  }

  class PaymentElement {
    frame = null;
    listeners = new Map();

    constructor(inside, options) {
      this.inside = inside;
      this.options = options;
      this.handle = {
        mount: (place) => this.mount(place),
        unmount: () => this.unmount(),
        destroy: () => this.destroy(),
        update: (changes = {}) => this.update(changes),
        focus: () => this.frame?.tell("focus"),
        blur: () => this.frame?.tell("blur"),
        clear: () => this.frame?.tell("clear"),
        collapse: () => {},
        on: (name, listener) => this.listen(name, listener),
        once: (name, listener) => this.listen(name, listener, { once: true }),
        off: (name, listener) => this.unlisten(name, listener),
      };
    }

    mount(place) {
      const node = typeof place === "string" ? document.querySelector(place) : place;
      if (!(node instanceof Element)) {
        throw new IntegrationError(`The place to mount at was not found: ${place}.`);
      }
      this.unmount();
      this.node = node;
      this.frame = new Frame({
        page: "payment-element.html",
        title: this.inside.locale === "sv" ? "Säker inmatning av kort" : "Secure payment input frame",
        theme: themeAt(node, this.inside.appearance),
        setup: () => this.setup(),
        hear: (kind, body) => this.hear(kind, body),
      });
      size(this.frame.node, {
        height: `${FIRST_HEIGHT_PX}px`, margin: `-${RING_PX}px`, width: `calc(100% + ${2 * RING_PX}px)`,
      });
      node.replaceChildren(this.frame.node);
      this.darkness = matchMedia("(prefers-color-scheme: dark)");
      this.darkness.addEventListener("change", this.redress);
    }

    unmount() {
      this.darkness?.removeEventListener("change", this.redress);
      this.frame?.remove();
      this.frame = null;
    }

    destroy() {
      this.unmount();
      this.listeners.clear();
      this.inside.payment = null;
    }

    update(changes) {
      this.options = { ...this.options, ...changes };
      this.redress();
    }

    redress = () => {
      if (!this.frame) return;
      this.frame.dress(themeAt(this.node, this.inside.appearance));
      this.frame.tell("dress", this.look());
    };

    setup() {
      return { ...this.inside.caller, clientSecret: this.inside.clientSecret, ...this.look() };
    }

    look() {
      const { appearance, locale } = this.inside;
      return {
        locale,
        theme: this.frame.theme,
        variables: appearance.variables ?? {},
        readOnly: Boolean(this.options.readOnly),
        testCards: this.options.testCards ?? true,
      };
    }

    hear(kind, body) {
      if (kind === "height") return size(this.frame.node, { height: `${Number(body)}px` });
      if (kind === "enter") return submitFormOf(this.node);
      this.emit(kind, { elementType: "payment", ...body });
    }

    listen(name, listener, { once = false } = {}) {
      const known = this.listeners.get(name) ?? [];
      this.listeners.set(name, [...known, { listener, once }]);
      return this.handle;
    }

    unlisten(name, listener) {
      const known = this.listeners.get(name) ?? [];
      this.listeners.set(name, listener ? known.filter((entry) => entry.listener !== listener) : []);
      return this.handle;
    }

    emit(name, event) {
      const known = this.listeners.get(name) ?? [];
      this.listeners.set(name, known.filter((entry) => !entry.once));
      for (const { listener } of known) listener(event);
    }
  }

  /** Enter in the frame does what Enter does in a form, a disabled button included. */
  function submitFormOf(node) {
    const form = node.closest("form");
    const button = form?.querySelector("button:not([type]), button[type=submit], input[type=submit]");
    if (form && !button?.disabled) form.requestSubmit(button ?? undefined);
  }

  /** `night` or `stripe`: what the page asks for, else what the page looks like, else the system. */
  function themeAt(node, appearance) {
    if (appearance?.theme) return appearance.theme === "night" ? "night" : "stripe";
    const declared = getComputedStyle(node).colorScheme.split(" ");
    if (declared.includes("dark") && !declared.includes("light")) return "night";
    if (declared.includes("light") && !declared.includes("dark")) return "stripe";
    return matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe";
  }

  function spoken(locale) {
    const wanted = !locale || locale === "auto" ? navigator.language : locale;
    return wanted.toLowerCase().startsWith("sv") ? "sv" : "en";
  }

  function size(node, style) {
    Object.assign(node.style, style);
  }

  /* A frame of the sandbox, and the talk with it */

  class Frame {
    asked = new Map();
    asks = 0;

    constructor({ page, title, theme, setup, hear }) {
      this.hear = hear;
      this.node = document.createElement("iframe");
      this.node.title = title;
      size(this.node, { border: "0", display: "block", width: "100%" });
      this.dress(theme);
      this.ready = new Promise((resolve) => (this.becomeReady = resolve));
      this.node.addEventListener("load", () => this.post({ kind: "setup", body: setup() }));
      addEventListener("message", this.receive);
      this.patience = setTimeout(() => this.fail(unreachable()), READY_MS);
      this.node.src = `${SANDBOX}/v3/${page}#${theme}`;
    }

    /** A frame is only see-through when both sides agree on the colour scheme. */
    dress(theme) {
      this.theme = theme;
      size(this.node, { colorScheme: theme === "night" ? "dark" : "light" });
    }

    tell(kind, body = null) {
      this.ready.then(() => this.post({ kind, body }));
    }

    /** Ask, and hold the answer's place. A frame that is gone or silent answers with an error. */
    async ask(kind, body = null, { patienceMs = ANSWER_MS } = {}) {
      const failure = await this.ready;
      if (failure || this.gone) return { error: failure ?? unreachable() };
      const id = ++this.asks;
      return new Promise((resolve) => {
        const patience = patienceMs && setTimeout(() => this.answer(id, { error: unreachable() }), patienceMs);
        this.asked.set(id, { resolve, patience });
        this.post({ kind, id, body });
      });
    }

    post(message) {
      this.node.contentWindow?.postMessage({ from: "sandbox-stripejs", ...message }, SANDBOX);
    }

    receive = (event) => {
      if (event.origin !== SANDBOX || event.source !== this.node.contentWindow) return;
      if (event.data?.from !== "sandbox-stripejs") return;
      const { kind, id, body } = event.data;
      if (kind === "answer") return this.answer(id, body);
      if (kind === "ready" || kind === "loaderror") this.settle(body?.error ?? null);
      this.hear(kind, body);
    };

    answer(id, body) {
      const waiting = this.asked.get(id);
      if (!waiting) return;
      clearTimeout(waiting.patience);
      this.asked.delete(id);
      waiting.resolve(body);
    }

    settle(failure) {
      clearTimeout(this.patience);
      this.becomeReady(failure);
    }

    fail(error) {
      this.settle(error);
      this.hear("loaderror", { error });
    }

    remove() {
      this.gone = true;
      this.settle(null);
      removeEventListener("message", this.receive);
      for (const id of [...this.asked.keys()]) this.answer(id, { error: unreachable() });
      this.node.remove();
    }
  }

  /* Paying */

  /**
   * Confirm once. While one confirmation of an intent runs, a second is refused and sends nothing.
   * With redirect 'always' a success never resolves: the page leaves for return_url.
   */
  async function confirmPayment(caller, { elements, clientSecret, confirmParams = {}, redirect = "always" }) {
    const inside = insides.get(elements);
    const frame = mounted(inside);
    const secret = clientSecret ?? inside.clientSecret;
    if (!secret) throw new IntegrationError("confirmPayment needs the intent's client secret.");
    if (redirect === "always" && !confirmParams.return_url) {
      throw new IntegrationError("confirmPayment needs confirmParams.return_url unless redirect is 'if_required'.");
    }
    if (confirming.has(secret)) return { error: alreadyConfirming() };
    confirming.add(secret);
    try {
      const answer = await frame.ask("confirm", { clientSecret: secret, confirmParams });
      const outcome = await conclude(caller, answer, { secret, locale: inside.locale, theme: frame.theme });
      if (outcome.error || redirect !== "always") return outcome;
      return await leaveFor(returnAddress(confirmParams.return_url, outcome.paymentIntent));
    } finally {
      confirming.delete(secret);
    }
  }

  /** The page is on its way out: what waits for it waits for ever, as with Stripe. */
  function leaveFor(address) {
    location.assign(address);
    return new Promise(() => {});
  }

  async function handleNextAction(caller, { clientSecret }) {
    const answer = await retrievePaymentIntent(caller, clientSecret);
    if (answer.paymentIntent && answer.paymentIntent.status !== "requires_action") {
      throw new IntegrationError("The PaymentIntent supplied is not in the requires_action state.");
    }
    const theme = themeAt(document.body, null);
    const elsewhere = answer.paymentIntent?.next_action?.redirect_to_url?.url;
    if (elsewhere) return leaveFor(elsewhere);
    return conclude(caller, answer, { secret: clientSecret, locale: spoken(caller.locale), theme });
  }

  /** The server's answer as Stripe's verdict, through the bank's challenge where it asks for one. */
  function conclude(caller, answer, { secret, locale, theme }) {
    const { paymentIntent } = answer;
    if (paymentIntent?.status !== "requires_action") return answer;
    return challenge(caller, { paymentIntent, secret, locale, theme });
  }

  /** The bank's page in a modal dialog; resolves when the intent has left requires_action. */
  async function challenge(caller, { paymentIntent, secret, locale, theme }) {
    const dialog = document.createElement("dialog");
    const title = locale === "sv" ? "Godkänn betalningen" : "Approve the payment";
    const frame = new Frame({
      page: "challenge.html",
      title,
      theme,
      setup: () => ({ ...caller, clientSecret: secret, locale, theme }),
      hear: () => {},
    });
    size(frame.node, { height: "100%" });
    size(dialog, {
      background: "transparent", border: "0", height: "100dvh", inset: "0", margin: "0",
      maxHeight: "none", maxWidth: "none", overflow: "hidden", padding: "0", position: "fixed", width: "100vw",
    });
    dialog.setAttribute("aria-label", title);
    dialog.append(frame.node);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      frame.tell("leave");
    });
    document.body.append(dialog);
    dialog.showModal();
    try {
      // People take their time at the bank; the frame itself notices a server that fell silent.
      return await frame.ask("challenge", { paymentIntent }, { patienceMs: null });
    } finally {
      dialog.close();
      frame.remove();
      dialog.remove();
    }
  }

  async function createPaymentMethod({ elements, params = {} }) {
    return mounted(insides.get(elements)).ask("createPaymentMethod", { params });
  }

  async function retrievePaymentIntent(caller, clientSecret) {
    const id = /^(pi_[^/?#]+?)_secret_/.exec(clientSecret ?? "")?.[1];
    if (!id) throw new IntegrationError("The client secret is not one of a PaymentIntent.");
    const address = `${SANDBOX}/v1/payment_intents/${id}?${new URLSearchParams({ client_secret: clientSecret })}`;
    const headers = { Authorization: `Bearer ${caller.publishableKey}` };
    if (caller.apiVersion) headers["Stripe-Version"] = caller.apiVersion;
    if (caller.stripeAccount) headers["Stripe-Account"] = caller.stripeAccount;
    try {
      const response = await fetch(address, { headers, signal: AbortSignal.timeout(30_000) });
      const body = await response.json();
      return response.ok ? { paymentIntent: body } : { error: body.error };
    } catch {
      return { error: unreachable() };
    }
  }

  function returnAddress(returnUrl, intent) {
    const address = new URL(returnUrl, location.href);
    address.searchParams.set("payment_intent", intent.id);
    address.searchParams.set("payment_intent_client_secret", intent.client_secret);
    address.searchParams.set("redirect_status", intent.status === "processing" ? "pending" : "succeeded");
    return address.href;
  }

  /* What goes wrong on this side */

  function unreachable() {
    return {
      type: "api_connection_error",
      message: "We could not reach the payment server. Reload the page to see where the payment stands"
        + " before you try again.",
    };
  }

  function alreadyConfirming() {
    return {
      type: "invalid_request_error",
      code: "lock_timeout",
      message: "This payment is already being confirmed. Wait for that to finish.",
    };
  }

  window.Stripe ??= Stripe;
})();
