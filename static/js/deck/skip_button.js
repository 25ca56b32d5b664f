// The Skip button of each card; it exists only with scripts.
import { button, element, icon } from "../shared/dom.js";
import { label } from "../shared/keys.js";
import { gettext } from "../shared/texts.js";

export function addSkipButtons(holder, onSkip) {
  const add = () => {
    for (const moves of holder.querySelectorAll("[data-moves]:not(:has([data-skip]))")) {
      const node = button("verdict", onSkip, { command: "skip" }, icon("skip"), element("span", "", gettext("Skip")));
      node.dataset.skip = "";
      moves.prepend(node);
      label(moves);
    }
  };
  new MutationObserver(add).observe(holder, { childList: true });
  add();
}
