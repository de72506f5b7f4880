"""What a page comes to once it is drawn: widths, targets, headings, words, and how text stands out."""

MEASURE = """
(smallest) => {
  // A box to tick is hit by its words too.
  const target = (element) => (element.matches("[type=checkbox]") && element.closest("label")) || element;
  const drawn = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && element.checkVisibility({ visibilityProperty: true });
  };
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className} ` +
    `${(element.innerText || element.value || "").trim().slice(0, 40)}`;
  const all = [...document.body.querySelectorAll("*")].filter(drawn);
  const right = document.documentElement.clientWidth + 0.5;

  const channels = (colour) => {
    const found = colour.match(/[\\d.]+/g).map(Number);
    return { parts: found.slice(0, 3), alpha: found[3] ?? 1 };
  };
  const luminance = (parts) => parts
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { parts, alpha } = channels(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return parts;
    }
    return [255, 255, 255];
  };
  const contrast = (element) => {
    const ink = luminance(channels(getComputedStyle(element).color).parts);
    const paper = luminance(ground(element));
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
  };
  const hasText = (element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const isOff = (element) => element.closest(":disabled");
  const words = document.body.cloneNode(true);
  const unread = ".code, script, template, noscript, svg, bdi, h1";
  words.querySelectorAll(unread).forEach((element) => element.remove());

  return {
    width: document.documentElement.scrollWidth,
    outside: all.filter((e) => e.getBoundingClientRect().right > right)
      .filter((e) => !e.closest(".skip, .unseen")).map(name),
    small: all.filter((e) => e.matches("button, summary, input, select, .button"))
      .filter((e) => target(e).getBoundingClientRect().height < smallest - 0.5).map(name),
    headings: [...document.querySelectorAll("h1")].map((heading) => heading.innerText),
    lang: document.documentElement.lang,
    words: words.textContent.replace(/\\s+/g, " "),
    pale: all.filter((e) => hasText(e) && !isOff(e) && contrast(e) < 4.5).map(name),
  };
}
"""
