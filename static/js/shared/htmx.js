// htmx on pages that fetch it only when something needs it: most visits to a deck end without.
import { toast } from "./dom.js";
import { gettext } from "./texts.js";

let loading = null;

function load() {
  const script = document.createElement("script");
  script.src = document.body.dataset.htmx;
  document.head.append(script);
  return new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
  });
}

async function start() {
  await load();
  if (document.readyState === "complete") return; // htmx has started itself
  const { content } = document.querySelector("meta[name=htmx-config]");
  Object.assign(htmx.config, JSON.parse(content));
  htmx.process(document.body);
}

// Sends the event to the element, for htmx to act on it.
export async function trigger(node, name) {
  try {
    if (!globalThis.htmx) loading ??= start();
    await loading;
  } catch {
    loading = null;
    return toast(gettext("The server does not answer."));
  }
  htmx.trigger(node, name);
}
