// Passkeys: gives django-allauth's script the page's button, field and data, and says what went wrong.
import { toast } from "../shared/dom.js";
import { gettext } from "../shared/texts.js";

for (const button of document.querySelectorAll("[data-passkey]")) {
  const { passkey, credential } = button.dataset;
  window.allauth.webauthn.forms[`${passkey}Form`]({ ids: { [passkey]: button.id, credential, data: "js_data" } });
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  toast(gettext("The passkey could not be used: the device refused, or it took too long. Try again."));
});
