"""Pictures on a page of their own."""

from html import escape

from meridian.picture.model import Picture
from meridian.picture.svg import svg

STYLE = """
:root{color-scheme:light dark}body{margin:1.5rem;font:15px/1.5 system-ui,sans-serif}
figure{margin:0 0 2rem;overflow-x:auto}figcaption{font-weight:600;margin-bottom:.5rem}
"""


def page(stack: str, pictures: tuple[Picture, ...]) -> str:
    """A self-contained HTML page."""
    figures = "\n".join(f"<figure><figcaption>{escape(picture.title)}</figcaption>\n{svg(picture)}</figure>" for picture in pictures)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(stack)}</title><style>{STYLE}</style></head>\n<body><h1>{escape(stack)}</h1>\n{figures}</body></html>\n"
    )
