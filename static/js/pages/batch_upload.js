// The files of a batch: the button names how many are chosen, and what is above the limits is said before it is sent.
import { formatCount, gettext, ngettext } from "../shared/texts.js";

const form = document.getElementById("upload");
const input = form?.elements.file;

function refusal(files) {
  const { mostFiles, mostBytes } = form.dataset;
  if (files.length > mostFiles) {
    const counts = { count: mostFiles, number: formatCount(files.length) };
    return gettext("A batch has at most {count} files, not {number}.", counts);
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total <= mostBytes) return "";
  const sizes = { most: formatCount(Number(mostBytes)), total: formatCount(total) };
  return gettext("A batch has at most {most} bytes, not {total}.", sizes);
}

function draw() {
  const files = [...input.files];
  const message = refusal(files);
  input.setCustomValidity(message);
  const notice = form.querySelector("[data-refused]");
  notice.querySelector("span").textContent = message;
  notice.hidden = !message;
  form.querySelector(".button-primary span").textContent = files.length
    ? ngettext("Analyse {count} file", "Analyse {count} files", files.length)
    : gettext("Analyse files");
}

if (form) {
  input.addEventListener("change", draw);
  draw(); // a browser keeps the choice when one comes back
}
