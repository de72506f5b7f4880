/* The smallest honest checkout: mount, confirm, say what Stripe said. */
const query = new URLSearchParams(location.search);
const stripe = Stripe("pk_test_browser_tests_0001", { locale: query.get("locale") ?? "en" });
const appearance = query.has("theme") ? { theme: query.get("theme") } : {};
const elements = stripe.elements({ clientSecret: query.get("client_secret"), appearance });
const payment = elements.create("payment");
const heard = [];
for (const name of ["ready", "change", "focus", "blur", "escape", "loaderror"]) {
  payment.on(name, (event) => {
    heard.push({ name, ...event });
    document.body.dataset.heard = heard.map((one) => one.name).join(" ");
  });
}
payment.mount("#card-form");
Object.assign(window, { stripe, elements, payment, heard });

const outcome = document.getElementById("outcome");
document.getElementById("checkout").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = document.getElementById("pay");
  button.disabled = true;
  outcome.textContent = "Paying…";
  window.verdict = await stripe.confirmPayment({
    elements,
    confirmParams: { return_url: `${location.origin}/?client_secret=${query.get("client_secret")}` },
    redirect: query.get("redirect") ?? "if_required",
  });
  button.disabled = false;
  outcome.textContent = window.verdict.error?.message ?? `Paid: ${window.verdict.paymentIntent.status}`;
});
