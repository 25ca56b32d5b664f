// Progress of the independent opinions on an event, as far as the server lets this person know it.
import { element, ICONS, icon, verdictWord } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

// node: the element that shows it; stage, mine, summary: as the server describes them
export function showOpinions(node, { stage, mine, summary }) {
  const line = element("span", "opinion-progress");
  line.dataset.stage = stage;
  if (mine && stage === "open") {
    line.append(
      element(
        "span",
        `opinion-mine state-${mine}`,
        icon(ICONS[mine]),
        gettext("you: {verdict}", { verdict: verdictWord(mine) }),
      ),
    );
  }
  line.append(element("span", "", ...(stage === "disputed" ? [icon("differs")] : []), summary));
  node.replaceChildren(line);
  node.hidden = false;
}
