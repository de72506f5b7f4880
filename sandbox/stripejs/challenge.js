/* The bank's page in a dialog of its own. The verdict is read from the intent, never from the page. */

import { actAs, retrieveIntent } from "./api.js";
import { listen, tell } from "./talk.js";
import { inWords, wordsIn } from "./words.js";

const ASK_AGAIN_MS = 400;
const PATIENCE_ASKS = 75;
const dialog = document.querySelector("main");
const bank = document.getElementById("bank");
let challengeAddress = null;
let clientSecret = null;
let words = wordsIn("en");

listen({
  setup(setup) {
    actAs(setup);
    clientSecret = setup.clientSecret;
    words = wordsIn(setup.locale);
    document.documentElement.lang = setup.locale;
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
    bank.title = words.approve;
    tell("ready");
  },
  async challenge({ paymentIntent }) {
    challengeAddress = addressOf(paymentIntent);
    bank.src = challengeAddress;
    bank.addEventListener("load", settleIn);
    dialog.hidden = false;
    dialog.focus();
    const { paymentIntent: decided, error } = await decision();
    const refusal = error ?? refusalOf(decided);
    return refusal ? { error: inWords(refusal, words) } : { paymentIntent: decided };
  },
  leave,
});

document.getElementById("leave").addEventListener("click", leave);
leaveOnEscapeIn(window);

function leaveOnEscapeIn(place) {
  place.addEventListener("keydown", (event) => event.key === "Escape" && leave());
}

/** The bank's page takes the dialog's colours and its keys. */
function settleIn() {
  const page = bank.contentDocument;
  page.documentElement.style.colorScheme = getComputedStyle(document.documentElement).colorScheme;
  page.querySelector("button")?.focus();
  leaveOnEscapeIn(bank.contentWindow);
}

/** The page the intent names, as long as it is the sandbox's own: no other may be framed here. */
function addressOf({ id, next_action: action }) {
  const told = new URL(action.use_stripe_sdk.stripe_js, location.origin);
  return told.origin === location.origin ? told.href : `/sandbox/3ds/${id}`;
}

/** The intent once it has left requires_action; an error after half a minute without any answer. */
async function decision() {
  for (let silent = 0; silent < PATIENCE_ASKS; silent += 1) {
    const { paymentIntent, error } = await retrieveIntent(clientSecret);
    if (paymentIntent && paymentIntent.status !== "requires_action") return { paymentIntent };
    if (paymentIntent) silent = 0;
    if (error && silent === PATIENCE_ASKS - 1) return { error };
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

/** Why the intent wants another payment method, when it does. */
function refusalOf(intent) {
  if (intent.status !== "requires_payment_method") return null;
  return { ...intent.last_payment_error, payment_intent: intent };
}

/** Leaving the bank's page is refusing: it presses Fail, so that the intent can be paid another way. */
async function leave() {
  if (!challengeAddress) return;
  try {
    await fetch(`${challengeAddress}/fail`, { method: "POST" });
  } catch {
    dialog.focus(); // The bank did not hear it; the page stays, and can be left again.
  }
}
