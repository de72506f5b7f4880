"""Sets one paper: what stands on it comes in as JSON, the PDF goes out.

Run in a process of its own, so that what a long paper takes of memory goes with it.
"""

import sys
from pathlib import Path

import typst

SHEET = Path(__file__).with_name("paper.typ")


def pdf_of(told: str) -> bytes:
    """As PDF/UA; a character that no font of ours has forbids that, and leaves a box."""
    inputs = {"told": told}
    try:
        return typst.compile(SHEET, sys_inputs=inputs, pdf_standards=["ua-1"], ignore_system_fonts=True)
    except typst.TypstError:
        return typst.compile(SHEET, sys_inputs=inputs, ignore_system_fonts=True)


if __name__ == "__main__":
    sys.stdout.buffer.write(pdf_of(sys.stdin.read()))
