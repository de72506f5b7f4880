/* What can be known of a card from its digits, before anybody is asked. */

const BRANDS = [
  { name: "amex", starts: /^3[47]/, lengths: [15], groups: [4, 6, 5], cvc: 4 },
  { name: "mastercard", starts: /^(5[1-5]|2[2-7])/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
  { name: "visa", starts: /^4/, lengths: [16], groups: [4, 4, 4, 4], cvc: 3 },
];
const UNKNOWN = { name: "unknown", lengths: [14, 16, 19], groups: [4, 4, 4, 4, 3], cvc: 3 };

/** The sandbox's own card, whose webhooks come late. Its last digit is no check digit. */
const SLOW_WEBHOOK = "4000000000990001";

export const TEST_CARDS = {
  succeeds: "4242424242424242",
  declined: "4000000000000002",
  approval: "4000002760003184",
  slow: SLOW_WEBHOOK,
};

export function brandOf(digits) {
  return BRANDS.find((brand) => brand.starts.test(digits)) ?? UNKNOWN;
}

export function groupNumber(digits) {
  const groups = [];
  let start = 0;
  for (const length of brandOf(digits).groups) {
    if (start < digits.length) groups.push(digits.slice(start, start + length));
    start += length;
  }
  return groups.join(" ");
}

export function longestNumber(digits) {
  return Math.max(...brandOf(digits).lengths);
}

/** The code of what is wrong with a number, or null. */
export function numberFault(digits) {
  const { lengths } = brandOf(digits);
  if (digits.length < Math.min(...lengths)) return "incomplete_number";
  if (!lengths.includes(digits.length)) return "incomplete_number";
  return digits === SLOW_WEBHOOK || luhn(digits) ? null : "invalid_number";
}

/** `digits` are MMYY. A card is good to the end of its month; none is printed for fifty years. */
export function expiryFault(digits, today = new Date()) {
  if (digits.length < 4) return "incomplete_expiry";
  const { month, year } = expiryOf(digits);
  if (month < 1 || month > 12) return "invalid_expiry_month";
  if (year < today.getFullYear()) return "invalid_expiry_year_past";
  if (year === today.getFullYear() && month < today.getMonth() + 1) return "invalid_expiry_month_past";
  return year > today.getFullYear() + 50 ? "invalid_expiry_year" : null;
}

export function expiryOf(digits) {
  return { month: Number(digits.slice(0, 2)), year: 2000 + Number(digits.slice(2, 4)) };
}

export function cvcFault(digits, numberDigits) {
  return digits.length < brandOf(numberDigits).cvc ? "incomplete_cvc" : null;
}

function luhn(digits) {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const weighed = place % 2 === 1 ? digit * 2 : digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
