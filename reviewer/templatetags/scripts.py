"""A page's script. Where it is no bundle, the browser fetches all that it imports at once, not import by import."""

from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from reviewer.web import bundles
from reviewer.web.bundles import ON_EVERY_PAGE

register = template.Library()


@register.simple_tag
def language_script() -> SafeString:
    """The script element with what modules say in the page's language (static/js/shared/texts.js); none in English."""
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return SafeString()
    return format_html('<script src="{}" defer></script>', static(f"texts/{language}.js"))


@register.simple_tag
def module_script(*names: str) -> SafeString:
    """The script elements of these modules (`js/pages/deck.js`), their imports as `modulepreload` before them."""
    bundled = getattr(staticfiles_storage, "bundles", False)
    imported = set() if bundled else {module for name in names for module in modules_of(name)} - set(names)
    if ON_EVERY_PAGE not in names:
        imported -= modules_of(ON_EVERY_PAGE)
    preloads = ((static(module),) for module in sorted(imported))
    scripts = ((static(name),) for name in names)
    return format_html(
        "{}{}",
        format_html_join("", '<link rel="modulepreload" href="{}">', preloads),
        format_html_join("", '<script type="module" src="{}"></script>', scripts),
    )


@cache
def modules_of(name: str) -> frozenset[str]:
    """The module and all that it imports, directly or not. Raises FileNotFoundError."""
    return frozenset(bundles.modules_of(name, _source))


@cache
def _source(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise FileNotFoundError(f"No static file {name}")
    return Path(path).read_text()
