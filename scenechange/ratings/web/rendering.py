"""Templates to HTML: one compiled environment per language, and static files held in memory under hashed names."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, Template
from jinja2.bccache import Bucket

from scenechange.ratings.records import Study
from scenechange.ratings.web.language import NAMES, direction, translations


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A style sheet, script or icon of the pages: its bytes, media type and a hash that changes with the bytes."""

    content: bytes
    media_type: str
    version: str


def static_files() -> dict[str, StaticFile]:
    """All static files of this package by name. Only these names can ever be asked for."""
    found = {}
    for path in (resources.files(__package__) / "static").iterdir():
        content = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        if media_type.startswith("text/"):
            media_type += "; charset=utf-8"
        found[path.name] = StaticFile(content, media_type, hashlib.sha256(content).hexdigest()[:12])
    return found


class _CompiledOnce(BytecodeCache):
    """Compiled templates of this process: they are the same in every language, so each is compiled once."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _CompiledOnce()


class Pages:
    """Renders the templates of a study in each of its languages.

    Parameters
    ----------
    study : Study
        Gives languages and texts.
    root : str
        Path under which the service is reached, without a slash at the end; empty for the top of a host.
    """

    def __init__(self, study: Study, root: str = "") -> None:
        self.study, self.root = study, root
        self.static = static_files()
        self._templates = {language: self._compiled(language) for language in dict.fromkeys((*study.languages, "en"))}

    def _compiled(self, language: str) -> dict[str, Template]:
        environment = Environment(
            loader=PackageLoader("scenechange.ratings.web"),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters["paragraphs"] = paragraphs
        environment.globals.update(
            study=self.study,
            language=language,
            direction=direction(language),
            languages=[(code, NAMES.get(code, code)) for code in self.study.languages],
            root=self.root,
            static=self.static_url,
            text=lambda texts: text_in(texts, language),
        )
        return {name: environment.get_template(name) for name in environment.list_templates(extensions=["html"])}

    def static_url(self, name: str) -> str:
        """Where a static file lies; the address changes with its content, so it may be kept for ever."""
        return f"{self.root}/static/{name}?v={self.static[name].version}"

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """One page as HTML; a language the study does not have is shown in the study's first."""
        templates = self._templates.get(language) or self._templates[self.study.languages[0]]
        return templates[name].render(values)


def text_in(texts: Mapping[str, Any], language: str) -> Any:
    """A study's text in a language, in any language where that one is missing, empty where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def paragraphs(text: str) -> list[str]:
    """A text cut at its empty lines."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]
