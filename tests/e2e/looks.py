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


# Controls below 24 × 24 px without room around them; axe leaves this rule out unless it is asked for.
TARGETS = ", rules: {'target-size': {enabled: true}}"
# A verdict or state that only its colour tells: neither text, nor a name, nor an icon.
COLOURED = """() => [...document.querySelectorAll("[class*='state-']")]
  .filter((node) => node.checkVisibility() && !node.textContent.trim() && !node.querySelector("svg, img, input"))
  .filter((node) => !["title", "aria-label"].some((name) => node.closest(`[${name}]`)))
  .map((node) => `colour alone: ${node.outerHTML.slice(0, 160)}`)"""


def findings(page: Page, only: str = TARGETS) -> list[str]:
    """All violations, whatever their weight, as "rule: the element"."""
    page.evaluate(SETTLED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = f"{{resultTypes: ['violations']{only}}}"
    result = page.evaluate(f"axe.run(document, {options})")
    results = [
        f"{violation['id']}: {node['html'][:160]}" for violation in result["violations"] for node in violation["nodes"]
    ]
    return results + page.evaluate(COLOURED)


def colours_found(page: Page) -> list[str]:
    """The same of the other colours: contrast is the only rule that sees them."""
    return findings(page, ", runOnly: ['color-contrast']")
