/* Before the first paint: a frame drawn in another colour scheme than its place would flash white. */
document.documentElement.dataset.theme = location.hash === "#night" ? "night" : "stripe";
