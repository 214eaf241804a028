/* The contrast option: chosen before the first paint, kept on this device. Without a choice the system's wish counts. */

(() => {
  const KEPT = "staff.contrast";
  const sheet = document.getElementById("contrast");
  const asked = sheet.media;
  const wish = matchMedia(asked);
  const isOn = () => (sheet.media === asked ? wish.matches : sheet.media === "all");
  const apply = (choice) => {
    sheet.media = { more: "all", less: "not all" }[choice] ?? asked;
  };
  try {
    apply(localStorage.getItem(KEPT));
  } catch {
    // no store: the system's wish counts
  }
  document.addEventListener("DOMContentLoaded", () => {
    const control = document.getElementById("contrast-switch");
    if (!control) return;
    const show = () => control.setAttribute("aria-pressed", String(isOn()));
    control.addEventListener("click", () => {
      const choice = isOn() ? "less" : "more";
      apply(choice);
      show();
      try {
        localStorage.setItem(KEPT, choice);
      } catch {
        // it holds for this page alone
      }
    });
    wish.addEventListener("change", show);
    addEventListener("storage", ({ key, newValue }) => {
      if (key !== KEPT) return;
      apply(newValue);
      show();
    });
    show();
  });
})();
