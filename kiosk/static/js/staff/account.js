/*
 * The own account: language, password, PIN. Hooks: [data-testid=password|new-password|new-password-again|change-password],
 * [data-testid=pin|pin-again|pin-password|set-pin|remove-pin].
 */

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
  pinForm();
});

/** Set, change or remove the PIN; the password is asked each time. */
function pinForm() {
  const form = document.getElementById("pin-form");
  const message = document.getElementById("pin-message");
  const state = document.getElementById("pin-state");
  const remove = document.getElementById("pin-remove");
  const { pin, again, password } = form.elements;
  const send = async (chosen) => {
    const buttons = [...form.querySelectorAll("button")];
    if (buttons.some((button) => button.disabled)) return;
    message.hidden = true;
    for (const button of buttons) button.disabled = true;
    try {
      if (chosen !== again.value && chosen) throw new Incomplete(t("lock.account_differ"), again);
      if (!password.value) throw new Incomplete(t("staff.account.missing"), password);
      const answer = await write("/staff/api/account/pin", { password: password.value, pin: chosen });
      form.reset();
      document.body.dataset.lockPin = answer.pin ? "1" : "0";
      state.textContent = answer.pin ? state.dataset.set : state.dataset.unset;
      remove.hidden = !answer.pin;
      toast(t(answer.pin ? "lock.account_saved" : "lock.account_removed"));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable || error instanceof Incomplete)) throw error;
      showMessage(message, error);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pin.value) send(pin.value);
    else pin.focus();
  });
  remove.addEventListener("click", () => send(""));
}
