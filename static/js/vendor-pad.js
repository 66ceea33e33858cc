// Large keys to type an amount with, and no second tap while the first is on its way. Without this script the field
// takes the phone's own keys, and the server does once what was sent twice.

const FIGURES_MAX = 9;
const SENT_FOR_MS = 8000;

for (const pad of document.querySelectorAll("[data-pad]")) {
  const field = pad.closest("form").querySelector("input[name=amount_vnd]");
  const figures = () => field.value.replace(/\D/g, "");
  const write = (typed) => {
    field.value = typed.replace(/^0+/, "").slice(0, FIGURES_MAX).replace(/\B(?=(\d{3})+$)/g, ".");
  };
  pad.hidden = false;
  field.setAttribute("inputmode", "none");
  for (const key of pad.querySelectorAll("[data-figures]")) {
    key.addEventListener("click", () => {
      const longer = figures() + key.dataset.figures;
      if (longer.length <= FIGURES_MAX) write(longer);
    });
  }
  pad.querySelector("[data-erase]").addEventListener("click", () => write(figures().slice(0, -1)));
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // It never left, if this page is still here by then.
    setTimeout(() => delete form.dataset.sent, SENT_FOR_MS);
  });
}

// A page that comes back from the browser's memory carries the key of something that was done.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
