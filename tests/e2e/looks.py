"""What axe-core says about a page."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).with_name("axe.min.js").read_text()

# Colours that are still on their way would be measured half-way; what is not drawn would never arrive by itself.
SETTLED = """async () => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  await frame();
  await frame();
  for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish();
  await frame();
}"""


def findings(page: Page, only: str = "") -> list[str]:
    """All violations, whatever their weight, as "rule: the element"."""
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = f"{{resultTypes: ['violations']{only}}}"
    result = page.evaluate(f"axe.run(document, {options})")
    return [f"{one['id']}: {node['html'][:160]}" for one in result["violations"] for node in one["nodes"]]


def colours_found(page: Page) -> list[str]:
    """The same of the other colours: contrast is the only rule that sees them."""
    return findings(page, ", runOnly: ['color-contrast']")
