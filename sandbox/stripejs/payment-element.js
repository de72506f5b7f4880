/* The card form: what is typed here is known to this frame and to the sandbox, and to nobody else. */

import { actAs, confirmIntent, createMethod, retrieveIntent } from "./api.js";
import * as cards from "./cards.js";
import { caretAfter, digitsOf, typedOver } from "./typing.js";
import { listen, tell } from "./talk.js";
import { inWords, wordsIn } from "./words.js";

const form = document.getElementById("card");
const brandMark = form.querySelector(".brand use");
const chips = [...form.querySelectorAll(".chips button")];
const fields = {
  number: {
    input: document.getElementById("number"),
    longest: (digits) => cards.longestNumber(digits),
    shape: (digits) => cards.groupNumber(digits),
    fault: (digits) => cards.numberFault(digits),
    codes: ["incorrect_number", "invalid_number"],
  },
  expiry: {
    input: document.getElementById("expiry"),
    longest: () => 4,
    shape: (digits) => (digits.length < 2 ? digits : `${digits.slice(0, 2)} / ${digits.slice(2)}`),
    fault: (digits) => cards.expiryFault(digits),
    codes: ["expired_card", "invalid_expiry_month", "invalid_expiry_year"],
  },
  cvc: {
    input: document.getElementById("cvc"),
    longest: () => cards.brandOf(digitsOf(fields.number.input.value)).cvc,
    shape: (digits) => digits,
    fault: (digits) => cards.cvcFault(digits, digitsOf(fields.number.input.value)),
    codes: ["incorrect_cvc", "invalid_cvc"],
  },
};
const order = Object.values(fields);
let words = wordsIn("en");
let locked = false;

listen({
  async setup(setup) {
    actAs(setup);
    dress(setup);
    const failure = await failureToLoad(setup.clientSecret);
    if (failure) return tell("loaderror", { error: inWords(failure, words) });
    form.hidden = false;
    new ResizeObserver(tellHeight).observe(document.body);
    tellHeight();
    tell("ready");
    tellChange();
  },
  dress,
  submit: () => faultOnShow() ?? { selectedPaymentMethod: "card" },
  confirm: ({ clientSecret, confirmParams }) => whileBusy(() => confirm(clientSecret, confirmParams)),
  createPaymentMethod: ({ params }) => whileBusy(() => createMethod({ ...params, type: "card", card: card() })),
  focus: () => fields.number.input.focus(),
  blur: () => document.activeElement.blur(),
  clear: () => fill({ number: "", expiry: "", cvc: "" }),
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  tell("enter");
});
addEventListener("keydown", (event) => event.key === "Escape" && tell("escape"));
addEventListener("focus", () => tell("focus"));
addEventListener("blur", () => tell("blur"));
for (const field of order) {
  field.input.addEventListener("input", (event) => type(field, event));
  field.input.addEventListener("blur", () => digits(field) && show(field, field.fault(digits(field))));
}
for (const chip of chips) {
  chip.addEventListener("click", () => fillTestCard(chip.dataset.card));
}

async function failureToLoad(clientSecret) {
  if (!clientSecret) return null;
  const { paymentIntent, error } = await retrieveIntent(clientSecret);
  if (error) return error;
  if (!["succeeded", "canceled"].includes(paymentIntent.status)) return null;
  return {
    type: "invalid_request_error",
    code: "payment_intent_unexpected_state",
    message: "This PaymentIntent is in a terminal state and cannot be used to initialize Elements.",
    payment_intent: paymentIntent,
  };
}

/** Pay with what stands in the fields, and say beside a field what the bank said about it. */
async function confirm(clientSecret, { payment_method_data: extra = {}, ...params }) {
  const { paymentIntent, error } = await confirmIntent(clientSecret, {
    ...params,
    use_stripe_sdk: true,
    payment_method_data: { ...extra, type: "card", card: card() },
  });
  const accused = error && order.find((field) => field.codes.includes(error.code));
  if (accused) show(accused, error.code);
  return error ? { error } : { paymentIntent };
}

function card() {
  const { month, year } = cards.expiryOf(digits(fields.expiry));
  return { number: digits(fields.number), exp_month: month, exp_year: year, cvc: digits(fields.cvc) };
}

/** Nothing is sent of a form that is not filled in, and nothing can be changed while it is sent. */
async function whileBusy(act) {
  const fault = faultOnShow();
  if (fault) return fault;
  setBusy(true);
  try {
    const { error, ...answer } = await act();
    return error ? { error: inWords(error, words) } : answer;
  } finally {
    setBusy(false);
  }
}

function setBusy(busy) {
  form.classList.toggle("busy", busy);
  form.setAttribute("aria-busy", String(busy));
  for (const field of order) field.input.readOnly = busy || locked;
  for (const chip of chips) chip.disabled = busy;
}

/** Show every fault, go to the first, and answer it as Stripe does; null when there is none. */
function faultOnShow() {
  for (const field of order) show(field, field.fault(digits(field)));
  const first = order.find((field) => field.fault(digits(field)));
  if (!first) return null;
  first.input.focus();
  const code = first.fault(digits(first));
  return { error: { type: "validation_error", code, message: words[code] } };
}

function show(field, code) {
  field.shown = code;
  const invalid = code !== null && code !== undefined;
  field.input.setAttribute("aria-invalid", String(invalid));
  document.getElementById(`${field.input.id}-error`).textContent = invalid ? (words[code] ?? "") : "";
}

function type(field, event) {
  const { typed, caret } = typedOver(field.input, field.before ?? "", event.inputType);
  const kept = typed.slice(0, field.longest(typed));
  write(field, kept);
  const place = caretAfter(field.input.value, Math.min(caret, kept.length));
  if (document.activeElement === field.input) field.input.setSelectionRange(place, place);
  const fault = field.fault(kept);
  const whole = kept.length === field.longest(kept);
  show(field, fault && whole ? fault : null);
  if (whole && !fault && caret >= kept.length && event.inputType === "insertText") nextAfter(field)?.input.focus();
  tellChange();
}

function write(field, text) {
  field.input.value = field.shape(text);
  field.before = field.input.value;
  if (field === fields.number) brandMark.setAttribute("href", `brands.svg#${cards.brandOf(text).name}`);
  for (const chip of chips) {
    const pressed = cards.TEST_CARDS[chip.dataset.card] === digits(fields.number);
    chip.setAttribute("aria-pressed", String(pressed));
  }
}

function nextAfter(field) {
  return order[order.indexOf(field) + 1];
}

function fillTestCard(name) {
  const year = String((new Date().getFullYear() + 3) % 100).padStart(2, "0");
  fill({ number: cards.TEST_CARDS[name], expiry: `12${year}`, cvc: "123" });
}

function fill(texts) {
  for (const [name, text] of Object.entries(texts)) {
    write(fields[name], text);
    show(fields[name], null);
  }
  tellChange();
}

function digits(field) {
  return digitsOf(field.input.value);
}

function dress({ locale, theme, variables, readOnly, testCards }) {
  const root = document.documentElement;
  words = wordsIn(locale);
  locked = readOnly;
  root.lang = locale;
  root.dataset.theme = theme;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  fields.expiry.input.placeholder = words.expiry_shape;
  fields.cvc.input.placeholder = words.cvc_shape;
  document.querySelector(".chips").hidden = !testCards;
  for (const field of order) {
    field.input.readOnly = readOnly;
    show(field, field.shown);
  }
  applyVariables(root.style, variables);
}

const VARIABLES = {
  colorPrimary: "--primary",
  colorText: "--text",
  colorTextSecondary: "--quiet",
  colorBackground: "--field",
  colorDanger: "--danger",
  borderRadius: "--radius",
  fontFamily: "--font",
  fontSizeBase: "--size",
};

function applyVariables(style, variables) {
  for (const [name, property] of Object.entries(VARIABLES)) {
    if (variables[name]) style.setProperty(property, variables[name]);
    else style.removeProperty(property);
  }
}

function tellHeight() {
  tell("height", Math.ceil(document.body.getBoundingClientRect().height));
}

function tellChange() {
  const complete = order.every((field) => field.fault(digits(field)) === null);
  const empty = order.every((field) => digits(field) === "");
  tell("change", { empty, complete, collapsed: false, value: { type: "card" } });
}
