// How far the second opinions on an event are, as the server tells it: never more than this person may know.
import { element, ICONS, icon } from "../shared/dom.js";

// place: the element for it; second: {given, wanted, stage, mine, words}
export function showSecond(place, { stage, mine, words }) {
  const line = element("span", "second");
  line.dataset.stage = stage;
  if (mine && stage === "open")
    line.append(element("span", `second-mine state-${mine}`, icon(ICONS[mine]), `you: ${mine}`));
  line.append(element("span", "", ...(stage === "disputed" ? [icon("differs")] : []), words));
  place.replaceChildren(line);
  place.hidden = false;
}
