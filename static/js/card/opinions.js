// Progress of the independent opinions on an event, as far as the server lets this person know it.
import { element, ICONS, icon } from "../shared/dom.js";

// place: the element that shows it; {stage, mine, words} as the server describes it
export function showOpinions(place, { stage, mine, words }) {
  const line = element("span", "second");
  line.dataset.stage = stage;
  if (mine && stage === "open") {
    line.append(element("span", `second-mine state-${mine}`, icon(ICONS[mine]), `you: ${mine}`));
  }
  line.append(element("span", "", ...(stage === "disputed" ? [icon("differs")] : []), words));
  place.replaceChildren(line);
  place.hidden = false;
}
