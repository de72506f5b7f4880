"""The frame around every page the sandbox hosts."""

from html import escape


def page(inside: str, *, title: str = "Sandbox bank") -> str:
    """A whole page around what is inside."""
    head = f"<meta charset=utf-8><title>{escape(title)}</title>{STYLE}"
    return f"<!doctype html><html lang=en>{head}<main>{inside}</main>"


STYLE = """<meta name=viewport content="width=device-width"><style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 24rem; margin: 6vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.25rem; }
label { display: block; margin: 1rem 0 .25rem; }
input { box-sizing: border-box; width: 100%; padding: .7rem; font: inherit; border: 1px solid #8888;
  border-radius: 6px; background: transparent; color: inherit; }
[role=alert] { color: #b3261e; }
button { width: 100%; margin: .75rem 0 0; padding: .75rem; font: inherit; border: 1px solid #8888;
  border-radius: 6px; background: transparent; color: inherit; cursor: pointer; }
button.yes { background: #0a6b4f; border-color: #0a6b4f; color: #fff; }
table { width: 100%; border-collapse: collapse; }
td { padding: .35rem 0; border-bottom: 1px solid #8884; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
</style>"""
