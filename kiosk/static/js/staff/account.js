/* The own account: language and password. Hooks: [data-testid=password|new-password|new-password-again|change-password]. */

import { Refused, Unreachable, write } from "./api.js";
import { Incomplete, showMessage, toast } from "./notices.js";
import { boot, switchLanguage } from "./shell.js";
import { t } from "./texts.js";

boot(async () => {
  for (const choice of document.querySelectorAll(".segment[data-language]")) {
    choice.addEventListener("click", () => choice.getAttribute("aria-pressed") === "true" || switchLanguage(choice.dataset.language));
  }
  const form = document.getElementById("password-form");
  const message = document.getElementById("password-message");
  const least = Number(document.getElementById("account").dataset.passwordMin);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = form.querySelector("button");
    if (send.disabled) return;
    message.hidden = true;
    send.disabled = true;
    const { password, new_password: chosen, again } = form.elements;
    try {
      if (!password.value) throw new Incomplete(t("staff.account.missing"), password);
      if (chosen.value.length < least) throw new Incomplete(t("staff.password.rule", { count: least }), chosen);
      if (chosen.value !== again.value) throw new Incomplete(t("staff.password.differ"), again);
      await write("/staff/api/account", { password: password.value, new_password: chosen.value });
      form.reset();
      toast(t("staff.account.changed"));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable || error instanceof Incomplete)) throw error;
      showMessage(message, error);
    } finally {
      send.disabled = false;
    }
  });
});
