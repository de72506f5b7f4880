/* The few calls a publishable key may make, from the sandbox's own origin. */

const ANSWER_MS = 30_000;
let caller = {};

export function actAs(setup) {
  caller = setup;
}

export function retrieveIntent(clientSecret) {
  const query = new URLSearchParams({ client_secret: clientSecret });
  return call("GET", `/v1/payment_intents/${intentIdOf(clientSecret)}?${query}`, null, "paymentIntent");
}

/**
 * Confirm, and when the answer is lost on the way, ask the intent itself how it went:
 * saying "failed" of a payment that succeeded would make people pay twice.
 */
export async function confirmIntent(clientSecret, params) {
  const path = `/v1/payment_intents/${intentIdOf(clientSecret)}/confirm`;
  const answer = await call("POST", path, { ...params, client_secret: clientSecret }, "paymentIntent");
  const lost = ["api_connection_error", "api_error"].includes(answer.error?.type);
  if (!lost) return answer;
  const { paymentIntent } = await retrieveIntent(clientSecret);
  const untouched = !paymentIntent || ["requires_payment_method", "requires_confirmation"].includes(paymentIntent.status);
  return untouched ? answer : { paymentIntent };
}

export function createMethod(params) {
  return call("POST", "/v1/payment_methods", params, "paymentMethod");
}

function intentIdOf(clientSecret) {
  return clientSecret.split("_secret_")[0];
}

async function call(method, path, params, noun) {
  const headers = { Authorization: `Bearer ${caller.publishableKey}` };
  if (caller.apiVersion) headers["Stripe-Version"] = caller.apiVersion;
  if (caller.stripeAccount) headers["Stripe-Account"] = caller.stripeAccount;
  const body = params ? new URLSearchParams(bracketed(params)) : undefined;
  try {
    const response = await fetch(path, { method, headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
    const answer = await response.json();
    return response.ok ? { [noun]: answer } : { error: answer.error };
  } catch {
    return { error: { type: "api_connection_error" } };
  }
}

/** {a: {b: 1}} as Stripe wants it on the wire: a[b]=1. What is null is not sent. */
function bracketed(value, name = "") {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => bracketed(inner, name ? `${name}[${key}]` : key));
}
