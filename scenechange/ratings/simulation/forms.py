"""What a page asks, read from its HTML as a browser without script would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class FormSeen:
    """A form: where it goes, what it sends by itself, and its buttons' names and values."""

    action: str
    name: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    needed: dict[str, list[str]] = field(default_factory=dict)  # radio buttons of which one must be chosen
    boxes: dict[str, str] = field(default_factory=dict)  # empty boxes that may be ticked


@dataclass(slots=True)
class PageSeen:
    """A page: its forms by id or action, pictures in their order, links by id, texts by id, classes of the body."""

    forms: list[FormSeen] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    classes: str = ""

    def form(self, name: str) -> FormSeen | None:
        """The form with this id, or whose address ends so."""
        for one in self.forms:
            if one.name == name or one.action.split("?")[0].rsplit("/", 1)[-1] == name:
                return one
        return None


def read_page(text: str) -> PageSeen:
    """A page as a form-filling program sees it.

    Examples
    --------
    >>> page = read_page('<form action="/s/x/start"><input type="hidden" name="csrf" value="1"></form>')
    >>> page.form("start").fields
    {'csrf': '1'}
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = PageSeen()
        self._form: FormSeen | None = None
        self._output = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.page.classes = given.get("class", "")
        elif tag == "form":
            self._form = FormSeen(given.get("action", ""), given.get("id", ""))
            self.page.forms.append(self._form)
        elif tag == "input":
            self._input(given)
        elif tag == "button" and given.get("name"):
            self._owner(given).buttons.append((given["name"], given.get("value", "")))
        elif tag == "img":
            self.page.pictures.append(given.get("src") or given.get("data-src", ""))
        elif tag == "a" and given.get("id"):
            self.page.links[given["id"]] = given.get("href", "")
        elif tag == "output":
            self._output = given.get("id", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "output":
            self._output = ""

    def handle_data(self, data: str) -> None:
        if self._output:
            self.page.texts[self._output] = self.page.texts.get(self._output, "") + data.strip()

    def _owner(self, given: dict[str, str]) -> FormSeen:
        named = next((f for f in self.page.forms if f.name and f.name == given.get("form")), None)
        return named or self._form or FormSeen("")

    def _input(self, given: dict[str, str]) -> None:
        form, name, kind = self._owner(given), given.get("name", ""), given.get("type", "text")
        if kind == "radio" and "required" in given:
            form.needed.setdefault(name, []).append(given.get("value", ""))
        if kind == "checkbox" and "checked" not in given:
            form.boxes[name] = given.get("value", "on")
        if not name or (kind in ("radio", "checkbox") and "checked" not in given):
            return
        form.fields[name] = given.get("value", "")
