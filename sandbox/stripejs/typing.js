/* Typing into a field that shapes what is typed: what the digits are, and where the caret belongs. */

export function digitsOf(text) {
  return text.replace(/\D/g, "");
}

/**
 * The digits a field holds after an input event, and how many stand before the caret.
 *
 * Backspace over a space or a slash takes nothing from the digits; people mean the digit before it.
 */
export function typedOver(input, before, inputType) {
  let typed = expanded(input, digitsOf(input.value));
  let caret = digitsOf(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  caret += typed.length - digitsOf(input.value).length;
  const onlyShape = typed === digitsOf(before) && input.value.length < before.length;
  if (inputType === "deleteContentBackward" && onlyShape && caret > 0) {
    typed = typed.slice(0, caret - 1) + typed.slice(caret);
    caret -= 1;
  }
  return { typed, caret };
}

/** The place in `shaped` right after its `count`th digit, past the shape that follows at the end. */
export function caretAfter(shaped, count) {
  if (count >= digitsOf(shaped).length) return shaped.length;
  let seen = 0;
  for (let place = 0; place < shaped.length; place += 1) {
    if (seen === count) return place;
    if (/\d/.test(shaped[place])) seen += 1;
  }
  return shaped.length;
}

/** An expiry typed as 5, pasted as 1/29 or filled in as 12/2029 becomes 05, 0129 and 1229. */
function expanded(input, digits) {
  if (input.autocomplete !== "cc-exp") return digits;
  if (/^\s*\d\s*\//.test(input.value)) return `0${digits}`.slice(0, 4);
  if (/^[2-9]/.test(digits)) return `0${digits}`;
  if (digits.length === 6 && digits.slice(2, 4) === "20") return digits.slice(0, 2) + digits.slice(4);
  return digits;
}
