/* What the frames say, in English and in Swedish. */

const WORDS = {
  en: {
    number: "Card number",
    expiry: "Expiration date",
    expiry_shape: "MM / YY",
    cvc: "Security code",
    cvc_shape: "CVC",
    cards: "Test cards",
    succeeds: "Succeeds",
    declined: "Declined",
    approval: "Needs approval",
    slow: "Slow webhook",
    incomplete_number: "Your card number is incomplete.",
    invalid_number: "Your card number is invalid.",
    incomplete_expiry: "Your card’s expiration date is incomplete.",
    invalid_expiry_month: "Your card’s expiration month is invalid.",
    invalid_expiry_year: "Your card’s expiration year is invalid.",
    invalid_expiry_month_past: "Your card’s expiration date is in the past.",
    invalid_expiry_year_past: "Your card’s expiration year is in the past.",
    incomplete_cvc: "Your card’s security code is incomplete.",
    expired_card: "Your card has expired.",
    incorrect_cvc: "Your card’s security code is incorrect.",
    incorrect_number: "Your card number is incorrect.",
    api_connection_error:
      "We could not reach the payment server. Reload the page to see where the payment stands before you try again.",
    approve: "Your bank",
    leave: "Cancel",
  },
  sv: {
    number: "Kortnummer",
    expiry: "Utgångsdatum",
    expiry_shape: "MM / ÅÅ",
    cvc: "Säkerhetskod",
    cvc_shape: "CVC",
    cards: "Testkort",
    succeeds: "Lyckas",
    declined: "Nekas",
    approval: "Kräver godkännande",
    slow: "Sen webhook",
    incomplete_number: "Kortnumret är inte komplett.",
    invalid_number: "Kortnumret är ogiltigt.",
    incomplete_expiry: "Kortets utgångsdatum är inte komplett.",
    invalid_expiry_month: "Kortets utgångsmånad är ogiltig.",
    invalid_expiry_year: "Kortets utgångsår är ogiltigt.",
    invalid_expiry_month_past: "Kortets utgångsdatum har passerat.",
    invalid_expiry_year_past: "Kortets utgångsår har passerat.",
    incomplete_cvc: "Kortets säkerhetskod är inte komplett.",
    expired_card: "Kortet har gått ut.",
    incorrect_cvc: "Kortets säkerhetskod är felaktig.",
    incorrect_number: "Kortnumret är felaktigt.",
    api_connection_error: "Betalservern svarar inte. Ladda om sidan och se hur det gick innan du försöker igen.",
    authentication_required: "Kortet nekades: banken vill att du godkänner betalningen.",
    card_declined: "Kortet nekades.",
    insufficient_funds: "Det finns inte tillräckligt med pengar på kortet.",
    payment_intent_authentication_failure: "Betalningen godkändes inte. Försök igen eller välj ett annat kort.",
    processing_error: "Ett fel uppstod när kortet behandlades. Försök igen om en stund.",
    approve: "Din bank",
    leave: "Avbryt",
  },
};

export function wordsIn(locale) {
  return WORDS[locale] ?? WORDS.en;
}

/** A server's error in the buyer's language; in English the server's own words stand. */
export function inWords(error, words) {
  const message = words[error.decline_code] ?? words[error.code] ?? error.message ?? words[error.type];
  return { ...error, message: words === WORDS.en && error.message ? error.message : message };
}
